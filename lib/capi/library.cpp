// SPDX-License-Identifier: MIT
#include "betwixt/capi/betwixt.h"
#include "betwixt/core/error.h"

const char* betwixt_version(void) { return BETWIXT_VERSION; }

int32_t betwixt_abi_version(void) { return BETWIXT_ABI; }

const char* betwixt_status_name(int32_t status) { return betwixt::error_name(static_cast<betwixt::ErrorCode>(status)); }
