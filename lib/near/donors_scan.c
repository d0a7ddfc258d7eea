#include "near/donors_parts.h"

void ns_donors_scan(struct ns_seeker *seeker, size_t first, size_t count)
{
	for (size_t at = 0; at < count; at += NS_DONORS_TILE)
		ns_seeker_take(seeker, count - at < NS_DONORS_TILE ? (UINT64_C(1) << (count - at)) - 1 : UINT64_MAX, first + at);
}
