/*
 * cgroup: how many processors' time the process may use (Linux control groups, version 2).
 *
 * A container has a quota of time per period (cpu.max: "150000 100000"), in its own group or in one above it, while it sees
 * all processors. More threads than that would only be put to sleep by the kernel.
 */
#ifndef NS_BASE_CGROUP_H
#define NS_BASE_CGROUP_H

/*
 * list: /proc/self/cgroup; mount: /sys/fs/cgroup. The least quota on the way up, rounded up; 0 where there is none or none can be
 * read.
 */
int ns_cgroup_processors(const char *list, const char *mount);

#endif
