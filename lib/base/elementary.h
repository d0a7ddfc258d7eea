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

/*
 * Made of these two, within 3 units in the last place. log1p and expm1 keep that next to 0, where 1 + x or exp(x) - 1 lose x's digits
 * (what the rounding of 1 + x or exp(x) did is divided out again: W. Kahan). log2 of powers of two and log10 of powers of ten from
 * 10^-22 to 10^22 are exact.
 */
double ns_log1p(double x);
double ns_expm1(double x);
double ns_log2(double x);
double ns_log10(double x);

/*
 * x^y: for whole y up to 2^31 by repeated multiplication, with twice the digits, so that all but the last bit are right; sqrt for
 * 0.5; else exp(y log x), whose relative error grows with |y log x| to 1e-13. NaN for NaN, and for x < 0 where y is not whole.
 */
double ns_power(double x, double y);

#endif
