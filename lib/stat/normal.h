/*
 * normal: the standard normal distribution.
 */
#ifndef NS_STAT_NORMAL_H
#define NS_STAT_NORMAL_H

/*
 * The value below which a share p of the distribution lies: -infinity for 0, infinity for 1, NaN outside. The same bits everywhere;
 * relative error about 1e-16 (M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", 1988, PPND16).
 */
double ns_normal_quantile(double p);

#endif
