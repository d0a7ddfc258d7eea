#include "model/link.h"

#include <math.h>
#include <stdbool.h>

#include "base/elementary.h"

void ns_softmax(double *scores, size_t classes)
{
	double most = scores[0], sum = 0;
	for (size_t k = 1; k < classes; k++)
		most = scores[k] > most ? scores[k] : most;
	for (size_t k = 0; k < classes; k++)
		sum += scores[k] = ns_exp(scores[k] - most);
	for (size_t k = 0; k < classes; k++)
		scores[k] /= sum;
}

void ns_logistic(double probability[2], double score)
{
	double less = ns_exp(-fabs(score)), sum = 1 + less;
	bool second = score > 0;
	probability[second] = 1 / sum;
	probability[!second] = less / sum;
}
