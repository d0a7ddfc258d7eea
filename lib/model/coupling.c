#include "model/coupling.h"

#include <math.h>

/* Q of the paper: p minimises p'Qp where probabilities add up to 1. */
static void make_quadratic(double *quadratic, const double *pairwise, size_t classes)
{
	for (size_t t = 0; t < classes; t++) {
		double *row = quadratic + t * classes, sum = 0;
		for (size_t j = 0; j < classes; j++) {
			if (j == t)
				continue;
			sum += pairwise[j * classes + t] * pairwise[j * classes + t];
			row[j] = -pairwise[j * classes + t] * pairwise[t * classes + j];
		}
		row[t] = sum;
	}
}

/* Qp, and p'Qp. */
static double multiply(double *product, const double *quadratic, const double *probability, size_t classes)
{
	double form = 0;
	for (size_t t = 0; t < classes; t++) {
		product[t] = 0;
		for (size_t j = 0; j < classes; j++)
			product[t] += quadratic[t * classes + j] * probability[j];
		form += probability[t] * product[t];
	}
	return form;
}

void ns_coupling(double *probability, const double *pairwise, size_t classes, double *scratch)
{
	double *quadratic = scratch, *product = scratch + classes * classes, enough = 0.005 / (double)classes;
	make_quadratic(quadratic, pairwise, classes);
	for (size_t t = 0; t < classes; t++)
		probability[t] = 1 / (double)classes;
	for (size_t round = 0; round < (classes > 100 ? classes : 100); round++) {
		double form = multiply(product, quadratic, probability, classes), most = 0;
		for (size_t t = 0; t < classes; t++)
			most = fmax(most, fabs(product[t] - form));
		if (most < enough)
			break;
		for (size_t t = 0; t < classes; t++) {
			const double *row = quadratic + t * classes;
			double step = (form - product[t]) / row[t];
			probability[t] += step;
			form = (form + step * (step * row[t] + 2 * product[t])) / (1 + step) / (1 + step);
			for (size_t j = 0; j < classes; j++) {
				product[j] = (product[j] + step * row[j]) / (1 + step);
				probability[j] /= 1 + step;
			}
		}
	}
	double sum = 0;
	for (size_t t = 0; t < classes; t++)
		sum += probability[t] = fmin(fmax(probability[t], 0), 1);
	for (size_t t = 0; t < classes; t++)
		probability[t] /= sum;
}
