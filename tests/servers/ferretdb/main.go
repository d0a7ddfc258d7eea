// A MongoDB-compatible server for tests: FerretDB with SQLite.
//
//	ferretdb DIR [CERTIFICATE KEY]
//
// Data go to DIR; with a certificate and its key (PEM) it speaks TLS alone. It listens on 127.0.0.1, on a port that is
// free, and prints its URI and "ferretdb VERSION" when it is ready.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const module = "github.com/FerretDB/FerretDB"

func version() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range build.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "of an unknown version"
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 4 {
		log.Fatal("usage: ferretdb DIR [CERTIFICATE KEY]")
	}
	config := ferretdb.Config{Handler: "sqlite", SQLiteURL: "file:" + os.Args[1] + "/"}
	if len(os.Args) == 4 {
		config.Listener = ferretdb.ListenerConfig{TLS: "127.0.0.1:0", TLSCertFile: os.Args[2], TLSKeyFile: os.Args[3]}
	} else {
		config.Listener = ferretdb.ListenerConfig{TCP: "127.0.0.1:0"}
	}
	server, err := ferretdb.New(&config)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		fmt.Printf("%s\nferretdb %s\n", server.MongoDBURI(), version())
	}()
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
