#include "learn/boost_split.h"

#include "learn/lanes.h"

NS_LANES struct ns_sums read_bin(const int64_t *sums, uint32_t bin, int shift, bool weighted)
{
	int64_t mask = (INT64_C(1) << shift) - 1;
	if (!weighted)
		return (struct ns_sums){sums[bin] >> shift, sums[bin] & mask, sums[bin] & mask};
	return (struct ns_sums){sums[2 * bin], sums[2 * bin + 1] >> shift, sums[2 * bin + 1] & mask};
}

NS_LANES struct ns_sums plus(struct ns_sums a, struct ns_sums b)
{
	return (struct ns_sums){a.gradient + b.gradient, a.weight + b.weight, a.rows + b.rows};
}

NS_LANES struct ns_sums minus(struct ns_sums a, struct ns_sums b)
{
	return (struct ns_sums){a.gradient - b.gradient, a.weight - b.weight, a.rows - b.rows};
}

NS_LANES double score_of(struct ns_sums left, struct ns_sums right)
{
	double a = (double)left.weight, b = (double)right.weight;
	double difference = b * (double)left.gradient - a * (double)right.gradient;
	return difference * difference / (a * b);
}

NS_LANES bool allowed(struct ns_sums left, struct ns_sums right, const struct ns_limits *limits)
{
	return left.rows >= limits->min_rows && right.rows >= limits->min_rows && left.weight >= limits->min_weight && right.weight >= limits->min_weight;
}

struct place {
	uint32_t feature, low, high;
	bool missing_left;
};

NS_LANES void consider(struct ns_question *best, struct ns_sums left, struct ns_sums right, const struct ns_limits *limits, struct place place)
{
	if (!allowed(left, right, limits))
		return;
	double score = score_of(left, right);
	if (score > best->score)
		*best = (struct ns_question){score, place.feature, (uint16_t)place.low, (uint16_t)place.high, place.missing_left, left};
}

NS_LANES void improve(struct ns_question *best, const struct ns_limits *limits, const struct ns_sums *node, uint32_t feature, const int64_t *sums, uint32_t bins,
	bool missing, bool weighted)
{
	struct ns_sums left = {0}, lost = {0};
	uint32_t last = bins; /* the last bin with rows; none yet */
	if (missing)
		lost = read_bin(sums, bins, limits->shift, weighted);
	for (uint32_t bin = 0; bin < bins; bin++) {
		struct ns_sums here = read_bin(sums, bin, limits->shift, weighted);
		if (here.rows == 0)
			continue;
		if (last < bins) {
			struct ns_sums right = minus(*node, left);
			if (lost.rows == 0) {
				consider(best, left, right, limits, (struct place){feature, last, bin, left.rows >= right.rows});
			} else {
				consider(best, plus(left, lost), minus(right, lost), limits, (struct place){feature, last, bin, true});
				consider(best, left, right, limits, (struct place){feature, last, bin, false});
			}
		}
		left = plus(left, here);
		last = bin;
	}
	if (lost.rows && last < bins)
		consider(best, left, lost, limits, (struct place){feature, last, last, false});
}

void ns_question_improve(struct ns_question *best, const struct ns_limits *limits, const struct ns_sums *node, uint32_t feature, const int64_t *sums,
	uint32_t bins, bool missing)
{
	if (limits->weighted)
		improve(best, limits, node, feature, sums, bins, missing, true);
	else if (missing)
		improve(best, limits, node, feature, sums, bins, true, false);
	else
		improve(best, limits, node, feature, sums, bins, false, false);
}
