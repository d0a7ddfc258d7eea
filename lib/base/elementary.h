/*
 * elementary: exp and log with the same bits on every machine, for every compiler (the C library's differ with the CPU).
 *
 * Only IEEE double addition, multiplication and division in a fixed order; no fused operations (-ffp-contract=off). The error is
 * below 0.9 units in the last place everywhere, and both are exact where the result is: ns_exp(0) = 1, ns_log(1) = 0. exp:
 * reduction by a multiple of log 2 in two parts, then its Taylor series. log: P. T. P. Tang's reduction to s = f / (2 + f) as in
 * FDLIBM.
 */
#ifndef NS_BASE_ELEMENTARY_H
#define NS_BASE_ELEMENTARY_H

double ns_exp(double x); /* infinity above 709.78, 0 below -745.13; NaN for NaN */
double ns_log(double x); /* -infinity for 0 and -0, NaN below and for NaN */

#endif
