#include "base/opt.h"

const char ns_version[] = NS_VERSION;
