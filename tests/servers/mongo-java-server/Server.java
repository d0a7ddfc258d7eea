import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** A MongoDB-compatible server for tests, in memory: listens on 127.0.0.1, on a port that is free, and prints its URI. */
class Server {
	public static void main(String[] arguments) {
		MongoServer server = new MongoServer(new MemoryBackend().version(ServerVersion.MONGO_5_0));
		server.bind("127.0.0.1", 0);
		Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
		System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort() + "/");
		System.out.println("java mongo-java-server " + arguments[0]);
	}
}
