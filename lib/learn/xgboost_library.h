/*
 * xgboost_library: libxgboost, loaded when it is asked for. It brings many libraries with it, which nobody should pay for who
 * wants another learner, and it need not be there at all.
 */
#ifndef NS_LEARN_XGBOOST_LIBRARY_H
#define NS_LEARN_XGBOOST_LIBRARY_H

#include <xgboost/c_api.h>

#include "base/err.h"

#define NS_XGBOOST_FILE "libxgboost.so.0"

/* The functions that are used. */
#define NS_XGBOOST_FUNCTIONS(_)                                                                                  \
	_(XGBGetLastError) _(XGBSetGlobalConfig) _(XGDMatrixCreateFromMat) _(XGDMatrixSetFloatInfo)              \
	_(XGDMatrixFree) _(XGBoosterCreate) _(XGBoosterSetParam) _(XGBoosterUpdateOneIter) _(XGBoosterPredict)   \
	_(XGBoosterSaveModelToBuffer) _(XGBoosterFree)

struct ns_xgboost {
#define NS_XGBOOST_MEMBER(name) __typeof__(&name) name;
	NS_XGBOOST_FUNCTIONS(NS_XGBOOST_MEMBER)
#undef NS_XGBOOST_MEMBER
};

/* Loads the library of this file name (again: cheap); it stays until the process ends. NS_ECALL with what to install. */
int ns_xgboost_open(struct ns_xgboost *xgboost, const char *file, struct ns_err *err);

/* NS_ECALL with what the library's last failure on this thread was, the part of it that is for people. */
int ns_xgboost_fail(const struct ns_xgboost *library, struct ns_err *err);

#endif
