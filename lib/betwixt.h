// SPDX-License-Identifier: MIT
#pragma once

// Everything a user of the library needs; the target betwixt_media adds <betwixt/media/...> for picture files.

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/data/data_set.h"
#include "betwixt/device/best_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/image/images.h"
#include "betwixt/interp/codes.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/paths.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/ops.h"
#include "betwixt/tensor/program.h"
#include "betwixt/train/fit.h"
#include "betwixt/train/trainer.h"
