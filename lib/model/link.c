#include "model/link.h"

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
