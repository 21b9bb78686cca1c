// SPDX-License-Identifier: MIT
#ifndef BETWIXT_CAPI_BETWIXT_H
#define BETWIXT_CAPI_BETWIXT_H

/// The C API: pictures from the application's memory are learned on the device, and the pictures in between come back.
/// C11, also for C++ without exceptions or RTTI, C#, Java, Swift. README.md beside this file has a sample.
///
/// Errors. Every function that can fail returns BETWIXT_OK or a code, and fills `error` when that is not NULL. Nothing
/// else crosses the border: no exception, no abort, no output. A function that failed changed nothing, unless it says
/// so, and set its result to NULL. An exception of a callback stops the call, which returns BETWIXT_E_ARGUMENT.
///
/// Structs begin with `struct_size`, set by the caller: `betwixt_train_options o = {.struct_size = sizeof o};`. In
/// options a field that is 0 or NULL has its default; where 0 would mean something, a negative number says "none". NULL
/// for options means all defaults. Later versions add fields at the end only: older programs keep working, and a field
/// that this library does not know must be 0 (BETWIXT_E_UNSUPPORTED).
///
/// Handles are made by functions with an argument `**` and given back once by `_release`, in any order: what a handle
/// needs lives on inside the library. NULL, and handles of another kind, are refused with BETWIXT_E_ARGUMENT.
///
/// Threads. "Any thread": may be called at any time, never waits for work. "Any thread, blocks": may be called at any
/// time, waits its turn; calls on one device take turns, and a training lets others in between its steps. "One thread
/// at a time per object": a call that meets another one returns BETWIXT_E_ARGUMENT; reading may be shared. No handle
/// may be released while another thread uses it.
///
/// Callbacks. Progress and log callbacks are called without a lock held and may call the library, also for the same
/// objects. Callbacks of the allocator and of an adopted queue may not: such calls return BETWIXT_E_ARGUMENT.
///
/// Texts are UTF-8 and end with 0. A function that gives out text or bytes writes at most `capacity` bytes and sets
/// `*length` to what there is (a text's 0 is not counted, but written); when that does not fit nothing is written:
/// BETWIXT_E_LIMIT, or BETWIXT_OK when the memory is NULL, to ask for the length.

#include <stdint.h>

#include "betwixt/capi/betwixt_error.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Grows when a function or struct changes in a way that older programs cannot bear; part of the library's file name.
#define BETWIXT_ABI 0

typedef struct betwixt_device betwixt_device;      ///< what computes: the processor or a GPU
typedef struct betwixt_pictures betwixt_pictures;  ///< pictures of one size: a data set, or frames
typedef struct betwixt_codes betwixt_codes;        ///< latent vectors, one per picture; a path is codes in order
typedef struct betwixt_model betwixt_model;        ///< an autoencoder with the codes of what it learned
typedef struct betwixt_training betwixt_training;  ///< a training run of a model

/// "0.1.0". Any thread.
BETWIXT_API const char* betwixt_version(void);
/// BETWIXT_ABI of the library; differs from the header's when the wrong library was loaded. Any thread.
BETWIXT_API int32_t betwixt_abi_version(void);
/// "E_SHAPE" for BETWIXT_E_SHAPE; "E_INTERNAL" for numbers that mean nothing. Any thread.
BETWIXT_API const char* betwixt_status_name(int32_t status);

// ---- Devices
// ---------------------------------------------------------------------------------------------------------

/// Facts about a device.
typedef struct betwixt_device_info {
  uint32_t struct_size;   ///< sizeof of this struct, set by the caller
  int32_t is_software;    ///< 1 for a Vulkan driver that computes on the processor
  int64_t memory_bytes;   ///< 0 when unknown
  char name[128];         ///< "cpu (avx512, 8 threads)", "vulkan: ..."
  char backend[16];       ///< "cpu" or "vulkan"
  char driver[128];       ///< empty for the processor
  int32_t can_store_f16;  ///< 1: betwixt_device_options.half_storage may be 1
  int32_t reserved;       ///< 0
} betwixt_device_info;

/// Memory of the application's for what is big: weights, moments, pictures and programs on a processor device.
typedef struct betwixt_allocator {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t reserved;      ///< 0
  void* user;            ///< given to both callbacks
  /// Memory aligned to `alignment` (a power of two), or NULL. Any thread.
  void* (*allocate)(void* user, uint64_t bytes, uint64_t alignment);
  /// Gives memory of `allocate` back; `bytes` as asked for then. Any thread.
  void (*release)(void* user, void* memory, uint64_t bytes);
} betwixt_allocator;

/// A Vulkan device of the application's, an engine's for instance; Vulkan handles as they are. The library submits to
/// the queue between `lock` and `unlock`, makes and destroys objects of its own, and idles or destroys nothing of the
/// application's, which keeps all of it alive until every handle made with the device is released.
typedef struct betwixt_vulkan {
  uint32_t struct_size;       ///< sizeof of this struct, set by the caller
  uint32_t queue_family;      ///< with compute
  void* instance;             ///< VkInstance
  void* physical_device;      ///< VkPhysicalDevice, Vulkan 1.1 or later
  void* device;               ///< VkDevice
  void* queue;                ///< VkQueue
  void* get_instance_proc;    ///< PFN_vkGetInstanceProcAddr; NULL: the system's loader
  uint32_t api_version;       ///< as given to vkCreateInstance; 0 is 1.1
  int32_t has_storage_16bit;  ///< 1: the feature storageBuffer16BitAccess was switched on
  void* user;                 ///< of the two callbacks, which may be NULL when nobody else uses the queue
  /// Before every submission; returns when the library may use the queue.
  void (*lock)(void* user);
  /// After every submission, by the same thread.
  void (*unlock)(void* user);
} betwixt_vulkan;

/// Levels of the log.
enum { BETWIXT_LOG_INFO = 1, BETWIXT_LOG_WARNING = 2 };

/// What a device is opened with.
typedef struct betwixt_device_options {
  uint32_t struct_size;                ///< sizeof of this struct, set by the caller
  int32_t threads;                     ///< of a processor device, the calling one included; 0: every core
  const char* name;                    ///< "best", "cpu", "cpu:4", "vulkan" or "vulkan:PART_OF_ITS_NAME"; NULL: "best"
  const betwixt_vulkan* vulkan;        ///< adopt this device; `name` must then be NULL
  const char* pipeline_cache;          ///< file for compiled shaders, made when it is not there; NULL: none
  const betwixt_allocator* allocator;  ///< NULL: the C++ heap
  /// Told what is good to know of everything done with the device, one line each; NULL: nobody.
  void (*log)(void* user, int32_t level, const char* text);
  void* log_user;  ///< given to `log`
  /// 1: a GPU keeps activations and the weights in use as 16-bit floats, for half the memory; the weights that are
  /// learned stay 32-bit. BETWIXT_E_UNSUPPORTED on devices that cannot.
  int32_t half_storage;
  int32_t reserved;  ///< 0
} betwixt_device_options;

/// Writes up to `capacity` infos, the processor's first; `*count` is how many there are. The `struct_size` of the first
/// holds for all. Any thread, blocks.
BETWIXT_API int32_t betwixt_device_list(betwixt_device_info* infos, int32_t capacity, int32_t* count,
                                        betwixt_error* error);
/// "best" is a GPU that passed its self-test, else the processor; it never fails for want of a GPU. Any thread, blocks.
BETWIXT_API int32_t betwixt_device_open(const betwixt_device_options* options, betwixt_device** device,
                                        betwixt_error* error);
/// Any thread.
BETWIXT_API int32_t betwixt_device_describe(const betwixt_device* device, betwixt_device_info* info,
                                            betwixt_error* error);
/// NULL is fine. Any thread.
BETWIXT_API void betwixt_device_release(betwixt_device* device);

// ---- Pictures
// --------------------------------------------------------------------------------------------------------

/// Formats of a channel.
enum {
  BETWIXT_U8 = 1,  ///< 0 to 255
  BETWIXT_F32 = 2  ///< 0 to 1; given in, values outside are clamped, NaN and infinity are BETWIXT_E_NOT_FINITE
};

/// How pictures lie in memory, otherwise than RGBA from the top row down; added together.
enum {
  BETWIXT_BGR = 1,            ///< blue first, red third
  BETWIXT_BOTTOM_UP = 2,      ///< the first row in memory is the lowest
  BETWIXT_STRAIGHT_ALPHA = 4  ///< colours are not multiplied by alpha; inside the library they are
};

/// Pictures in the application's memory.
typedef struct betwixt_layout {
  uint32_t struct_size;    ///< sizeof of this struct, set by the caller
  int32_t format;          ///< BETWIXT_U8 (also for 0) or BETWIXT_F32
  int64_t count;           ///< pictures; 0 is 1
  int32_t height;          ///< pixels
  int32_t width;           ///< pixels
  int32_t channels;        ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
  int32_t flags;           ///< BETWIXT_BGR and so on
  int64_t pixel_stride;    ///< bytes from pixel to pixel; 0: channels x size of one. RGB out of RGBA memory: 4
  int64_t row_stride;      ///< bytes from row to row; 0: width x pixel_stride
  int64_t picture_stride;  ///< bytes from picture to picture; 0: height x row_stride
} betwixt_layout;

/// An empty set for pictures of this size. Any thread.
BETWIXT_API int32_t betwixt_pictures_create(int32_t height, int32_t width, int32_t channels,
                                            betwixt_pictures** pictures, betwixt_error* error);
/// Copies pictures to the end of the set. The `bytes` of `memory` must hold the layout. One thread at a time per
/// object.
BETWIXT_API int32_t betwixt_pictures_add(betwixt_pictures* pictures, const betwixt_layout* layout, const void* memory,
                                         int64_t bytes, betwixt_error* error);
/// Count, height, width and channels of the set, as dense BETWIXT_U8. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_describe(const betwixt_pictures* pictures, betwixt_layout* layout,
                                              betwixt_error* error);
/// Copies the `layout->count` pictures from `first` on to memory of the application's. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_read(const betwixt_pictures* pictures, int64_t first, const betwixt_layout* layout,
                                          void* memory, int64_t bytes, betwixt_error* error);
/// Names a picture; the model keeps the names of what it learned. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_rename(betwixt_pictures* pictures, int64_t index, const char* name,
                                            betwixt_error* error);
/// The name of a picture, empty when it has none. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_name(const betwixt_pictures* pictures, int64_t index, char* text, int64_t capacity,
                                          int64_t* length, betwixt_error* error);
/// NULL is fine. One thread at a time per object.
BETWIXT_API void betwixt_pictures_release(betwixt_pictures* pictures);

// ---- Codes and paths
// -------------------------------------------------------------------------------------------------

/// An empty set of codes of so many numbers each. Any thread.
BETWIXT_API int32_t betwixt_codes_create(int32_t dimensions, betwixt_codes** codes, betwixt_error* error);
/// Appends `count` codes; all numbers must be finite. One thread at a time per object.
BETWIXT_API int32_t betwixt_codes_add(betwixt_codes* codes, const float* values, int64_t count, betwixt_error* error);
/// Either pointer may be NULL. One thread at a time per object.
BETWIXT_API int32_t betwixt_codes_size(const betwixt_codes* codes, int64_t* count, int32_t* dimensions,
                                       betwixt_error* error);
/// Copies `count` codes from `first` on; `values` has room for `capacity` numbers. One thread at a time per object.
BETWIXT_API int32_t betwixt_codes_read(const betwixt_codes* codes, int64_t first, int64_t count, float* values,
                                       int64_t capacity, betwixt_error* error);
/// NULL is fine. One thread at a time per object.
BETWIXT_API void betwixt_codes_release(betwixt_codes* codes);

/// Ways through code space.
enum {
  BETWIXT_PATH_GRAPH = 0,     ///< along the neighbour graph of the codes: stays where pictures are
  BETWIXT_PATH_STRAIGHT = 1,  ///< the straight line
  BETWIXT_PATH_SLERP = 2      ///< spherical interpolation
};

/// Which codes a graph links.
enum {
  BETWIXT_GRAPH_SMALLEST_K = 0,        ///< with the k nearest, k growing until all are connected
  BETWIXT_GRAPH_NEAREST = 1,           ///< with the k nearest
  BETWIXT_GRAPH_MUTUAL = 2,            ///< those that are among each other's k nearest
  BETWIXT_GRAPH_SMALLEST_EPSILON = 3,  ///< all within the smallest distance that connects everything
  BETWIXT_GRAPH_EPSILON = 4            ///< all within `epsilon`
};

/// What the length of a link is. The last two are measured with a model, in every call: betwixt_model_path,
/// betwixt_model_morph.
enum {
  BETWIXT_EDGES_CODE = 0,     ///< distance of the codes
  BETWIXT_EDGES_DECODED = 1,  ///< difference of the decoded pictures
  BETWIXT_EDGES_PULLBACK = 2  ///< length under the metric that the decoder pulls back to the codes
};

/// How a shortest path is found; all find equally short ones. A* with BETWIXT_EDGES_CODE only.
enum { BETWIXT_SEARCH_DIJKSTRA = 0, BETWIXT_SEARCH_ASTAR = 1, BETWIXT_SEARCH_BIDIRECTIONAL = 2 };

/// What makes a path through codes.
typedef struct betwixt_path_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t method;        ///< BETWIXT_PATH_GRAPH and so on
  int32_t frames;        ///< points, evenly spaced, ends included; 0: 48; negative: only the codes passed on the way
  int32_t k;             ///< neighbours to start with; grows until all codes are connected. 0: 8, or ln of fewer codes
  int32_t smooth;        ///< rounds the corners of a graph path, so many passes
  int32_t rule;          ///< which codes are linked: BETWIXT_GRAPH_SMALLEST_K and so on
  double epsilon;        ///< distance of BETWIXT_GRAPH_EPSILON
  /// Codes closer than this share of all codes' extent count as one; 0: 1e-6, negative: equal ones only.
  double duplicates;
  int32_t join;      ///< 1: adds the shortest links that connect what the rule leaves apart
  int32_t edges;     ///< length of a link: BETWIXT_EDGES_CODE and so on
  int32_t search;    ///< BETWIXT_SEARCH_DIJKSTRA and so on: how the shortest path is found
  int32_t per_edge;  ///< above 1: so many points from one code passed to the next, both counted, instead of `frames`
  double extend;     ///< goes on straight beyond both ends, by this share of the path
} betwixt_path_options;

/// What is known of a path.
typedef struct betwixt_path_info {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t k;             ///< neighbours in use; 0 without a graph
  int64_t points;        ///< of the path
  double length;         ///< in code space
  double epsilon;        ///< distance in use; 0 without an epsilon graph
} betwixt_path_info;

/// A path through the codes named by `keys`, at least two, in order; `info` may be NULL. The neighbour graph is kept
/// with the codes until they or the options of the graph change. BETWIXT_E_MISSING when the graph connects two of them
/// nowhere. One thread at a time per object.
BETWIXT_API int32_t betwixt_path_create(const betwixt_codes* codes, const int64_t* keys, int64_t key_count,
                                        const betwixt_path_options* options, betwixt_codes** path,
                                        betwixt_path_info* info, betwixt_error* error);
/// `frames` points evenly spaced along a path, whatever made it. One thread at a time per object.
BETWIXT_API int32_t betwixt_path_resample(const betwixt_codes* path, int32_t frames, betwixt_codes** resampled,
                                          betwixt_error* error);

// ---- Models
// ----------------------------------------------------------------------------------------------------------

/// Networks.
enum {
  BETWIXT_NETWORK_UPSAMPLE = 0,  ///< any picture size
  BETWIXT_NETWORK_REPORT = 1     ///< the published denoising autoencoder, 64 x 64 only
};

/// Size and shape of a new model.
typedef struct betwixt_model_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t height;        ///< of the pictures; must be given, as the next two
  int32_t width;         ///< of the pictures
  int32_t channels;      ///< 1 to 4
  int32_t code;          ///< numbers in a code; 0: 3
  int32_t network;       ///< BETWIXT_NETWORK_UPSAMPLE or BETWIXT_NETWORK_REPORT
  int32_t breadth;       ///< channels of the network, 1 to 1024; 0: 64
  int32_t reserved;      ///< 0
  uint64_t seed;         ///< of the first weights; 0: 1
  /// 1: the upsample network draws on a learned picture that starts at the median: for a few pictures of one scene in
  /// which much stands still.
  int32_t base_picture;
  int32_t reserved2;  ///< 0
} betwixt_model_options;

/// What a model is.
typedef struct betwixt_model_info {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t height;        ///< of its pictures
  int32_t width;         ///< of its pictures
  int32_t channels;      ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
  int32_t code;          ///< numbers in a code
  int32_t network;       ///< BETWIXT_NETWORK_UPSAMPLE or BETWIXT_NETWORK_REPORT
  int32_t breadth;       ///< channels of the network
  int32_t is_training;   ///< 1 while a training has the model
  uint64_t seed;         ///< of the first weights
  int64_t parameters;    ///< numbers that are learned
  int64_t codes;         ///< pictures whose codes it keeps
  int32_t base_picture;  ///< 1: it draws on a learned picture
  int32_t reserved;      ///< 0
} betwixt_model_info;

/// A model with random weights. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_create(const betwixt_device* device, const betwixt_model_options* options,
                                         betwixt_model** model, betwixt_error* error);
/// Reads a model file (.safetensors), which is not trusted. Training a loaded model again fine-tunes it. Any thread,
/// blocks.
BETWIXT_API int32_t betwixt_model_load(const betwixt_device* device, const char* path, betwixt_model** model,
                                       betwixt_error* error);
/// The same from memory. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_load_memory(const betwixt_device* device, const void* memory, int64_t bytes,
                                              betwixt_model** model, betwixt_error* error);
/// Writes weights, description, codes and names as one file, all or nothing, also through a power cut. Any thread,
/// blocks.
BETWIXT_API int32_t betwixt_model_save(const betwixt_model* model, const char* path, betwixt_error* error);
/// The same to memory. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_save_memory(const betwixt_model* model, void* memory, int64_t capacity,
                                              int64_t* length, betwixt_error* error);
/// Any thread, blocks.
BETWIXT_API int32_t betwixt_model_describe(const betwixt_model* model, betwixt_model_info* info, betwixt_error* error);
/// Settings and results of the training as JSON text. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_record(const betwixt_model* model, char* text, int64_t capacity, int64_t* length,
                                         betwixt_error* error);
/// Adds a text to that record; "background" is the colour transparent pictures were put on. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_annotate(betwixt_model* model, const char* key, const char* text,
                                           betwixt_error* error);
/// A copy of the codes the model keeps, those of the pictures it learned. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_codes(const betwixt_model* model, betwixt_codes** codes, betwixt_error* error);
/// The name of a picture it learned, empty when it had none. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_name(const betwixt_model* model, int64_t index, char* text, int64_t capacity,
                                       int64_t* length, betwixt_error* error);
/// Keeps the codes of these pictures instead, with their names; NULL keeps none. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_keep(betwixt_model* model, const betwixt_pictures* pictures, betwixt_error* error);
/// The codes of pictures. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_encode(const betwixt_model* model, const betwixt_pictures* pictures,
                                         betwixt_codes** codes, betwixt_error* error);
/// The pictures of codes, or of a path. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_decode(const betwixt_model* model, const betwixt_codes* codes,
                                         betwixt_pictures** pictures, betwixt_error* error);
/// The same to memory of the application's, for a frame at a time: `layout->count` codes of `values`, row by row. Any
/// thread, blocks.
BETWIXT_API int32_t betwixt_model_decode_memory(const betwixt_model* model, const float* values, int64_t value_count,
                                                const betwixt_layout* layout, void* memory, int64_t bytes,
                                                betwixt_error* error);
/// The pictures from one learned picture to another, by index; `layout->count` frames go to memory of the application's
/// (the `frames` of the options must be 0 or the same, `per_edge` 0). `info` may be NULL. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_morph(const betwixt_model* model, int64_t from, int64_t to,
                                        const betwixt_path_options* options, const betwixt_layout* layout, void* memory,
                                        int64_t bytes, betwixt_path_info* info, betwixt_error* error);
/// A storyboard: the path through several learned pictures, at least two, by index; also for links measured with the
/// model. `codes` NULL: those the model keeps; or others, to have keys among them that the model did not learn. `info`
/// may be NULL. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_path(const betwixt_model* model, const betwixt_codes* codes, const int64_t* keys,
                                       int64_t key_count, const betwixt_path_options* options, betwixt_codes** path,
                                       betwixt_path_info* info, betwixt_error* error);
/// Mean squared error between pictures and what comes back of them, channels from 0 to 1. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_error(const betwixt_model* model, const betwixt_pictures* pictures,
                                        double* mean_square, betwixt_error* error);
/// NULL is fine. Any thread, blocks.
BETWIXT_API void betwixt_model_release(betwixt_model* model);
/// What is in a model file as JSON text: description, and name, type and shape of every tensor. Any thread.
BETWIXT_API int32_t betwixt_file_describe(const char* path, char* text, int64_t capacity, int64_t* length,
                                          betwixt_error* error);

// ---- Training
// --------------------------------------------------------------------------------------------------------

/// How far a training is.
typedef struct betwixt_progress {
  uint32_t struct_size;     ///< set by the library
  int32_t reserved;         ///< 0
  int64_t step;             ///< whole steps done, those before a checkpoint included
  int64_t steps;            ///< wanted in all
  double loss;              ///< mean since the last report
  double steps_per_second;  ///< since the last report
  double seconds_left;      ///< at the present rate
  const char* warning;      ///< what needs the user's attention and what to do, or NULL; valid during the call
} betwixt_progress;

/// Corruptions.
enum { BETWIXT_CORRUPTION_NORMAL = 0, BETWIXT_CORRUPTION_WHITE = 1 };

/// How a network of a perceptual loss wants its pictures.
enum {
  BETWIXT_FEATURES_IMAGENET = 0,  ///< mean and deviation of ImageNet taken out, as torchvision's networks learned
  BETWIXT_FEATURES_SIGNED = 1,    ///< from -1 to 1
  BETWIXT_FEATURES_CAFFE = 2      ///< BGR from 0 to 255 with the mean taken out
};

/// Weights of a training with validation.
enum {
  BETWIXT_WEIGHTS_BEST = 0,  ///< those that did best on the pictures held out
  BETWIXT_WEIGHTS_LAST = 1   ///< those of the last step
};

/// How a model is trained.
typedef struct betwixt_train_options {
  uint32_t struct_size;       ///< sizeof of this struct, set by the caller
  int32_t corruption;         ///< what is done to a picture before it is encoded: BETWIXT_CORRUPTION_NORMAL or _WHITE
  int64_t steps;              ///< 0: 3000
  int64_t batch;              ///< pictures a step; 0: 16
  double learning_rate;       ///< at its highest; 0: 1e-3
  int64_t warmup;             ///< steps over which the rate rises; 0: 200, negative: none
  double weight_decay;        ///< L2
  double noise;               ///< strength of the corruption; 0: 0.1, negative: none
  double code_noise;          ///< noise on codes, as a share of their spread; 0: 0.05, negative: none
  double clip_norm;           ///< limit on the norm of the gradient; 0: 1, negative: none
  double validation;          ///< share of pictures held out; the weights that do best on them are kept
  int64_t patience;           ///< with `validation`: ends after so many steps without progress; 0: never
  uint64_t seed;              ///< of everything random; 0: 1
  double budget_ms;           ///< most milliseconds spent in steps; 0: no limit
  uint64_t memory_limit;      ///< most device bytes of the training; above: BETWIXT_E_LIMIT in advance. 0: no limit
  const char* checkpoint;     ///< file to save the run to; a run that finds it goes on from it, bit for bit. NULL: none
  double checkpoint_seconds;  ///< between saves; 0: 10
  int32_t fine_tune;          ///< 1: goes on from the weights the model has; else a new output layer starts at the mean
  int32_t drop_codes;         ///< 1: the model keeps no codes of the pictures
  /// Called a few times a second by the thread that trains; 0 goes on, anything else stops. NULL: nobody.
  int32_t (*progress)(void* user, const betwixt_progress* progress);
  void* progress_user;  ///< given to `progress`
  /// What is minimised: "mse", "l1", "bce", "ssim", "perceptual", "perceptual:LAYER", "lpips", "randfeat", or a mixture
  /// with weights: "0.8*mse+0.2*ssim". NULL: "mse".
  const char* loss;
  const char* loss_features;   ///< weights of VGG-16 or SqueezeNet 1.1 (.safetensors), for "perceptual" and "lpips"
  const char* loss_heads;      ///< heads of LPIPS (.safetensors), for "lpips"
  int32_t loss_input;          ///< BETWIXT_FEATURES_IMAGENET and so on: how "perceptual" shows its network pictures
  int32_t loss_weights_twice;  ///< 1: "perceptual" is multiplied by its weight twice, as in the published code
  int64_t step_every;          ///< above 0 the rate falls by `step_factor` every so many steps, not along a cosine
  double step_factor;          ///< 0: 0.1
  double final_rate;           ///< share of the rate left at the cosine's end; 0: 0.02, negative: none
  int32_t in_order;            ///< 1: pictures in order, again and again, not shuffled
  int32_t batch_parts;         ///< gradient accumulation: memory for one of so many equal parts of `batch`; 0: 1
} betwixt_train_options;

/// What a training came to.
typedef struct betwixt_train_report {
  uint32_t struct_size;    ///< sizeof of this struct, set by the caller
  int32_t stopped;         ///< 1: by the callback, the budget or `cancel`; what was learned is kept
  int32_t cancelled;       ///< 1: by `cancel`
  int32_t collapsed;       ///< 1: no better than the mean picture
  int64_t steps;           ///< done by this run
  int64_t resumed_at;      ///< step of the checkpoint it went on from, or 0
  int64_t refused_steps;   ///< with a loss or gradient that was not finite; they changed nothing
  int64_t peak_bytes;      ///< device memory
  double loss;             ///< mean squared error on the pictures learned; of a cancelled run the last training loss
  double variance;         ///< the same for the mean picture alone
  double validation_loss;  ///< of the best weights; 0 without validation
  double seconds;          ///< spent in steps
  int64_t best_step;       ///< step of those weights
  int32_t ended_early;     ///< 1: `patience` ran out
  int32_t reserved;        ///< 0
} betwixt_train_report;

/// Phases of a training.
enum {
  BETWIXT_PHASE_READY = 0,  ///< made, or between two calls of `run_for`
  BETWIXT_PHASE_RUNNING = 1,
  BETWIXT_PHASE_PAUSED = 2,
  BETWIXT_PHASE_BACKGROUND = 3,
  BETWIXT_PHASE_DONE = 4,  ///< no step is left to do: wants `finish`
  BETWIXT_PHASE_CANCELLED = 5,
  BETWIXT_PHASE_FINISHED = 6  ///< `finish` was called
};

/// A look at a training.
typedef struct betwixt_train_status {
  uint32_t struct_size;     ///< sizeof of this struct, set by the caller
  int32_t phase;            ///< BETWIXT_PHASE_READY and so on
  int64_t step;             ///< whole steps done, those before a checkpoint included
  int64_t steps;            ///< wanted in all
  double loss;              ///< mean over the last report
  double steps_per_second;  ///< over the last report
  int64_t current_bytes;    ///< device memory
  int64_t peak_bytes;       ///< largest `current_bytes` so far
  int64_t saved_step;       ///< of the newest checkpoint this run made durable, or -1
} betwixt_train_status;

/// What `enter_background` reached before it returned.
typedef struct betwixt_background {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t stopped;       ///< 1: no step runs, and none will before `leave_background`
  int32_t saved;         ///< 1: a checkpoint of the state reached is durable
  int32_t reserved;      ///< 0
} betwixt_background;

/// The run file of a training: JSON text that makes it again, also with `betwixt train --config`. BETWIXT_E_UNSUPPORTED
/// for what the command line has no option for: other seeds of model and training, `fine_tune`, rates of its own.
/// Either options may be NULL, `device` too, which is for people. Any thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_run_write(const betwixt_model_options* model, const betwixt_train_options* train,
                                      const betwixt_pictures* pictures, const char* device, char* text,
                                      int64_t capacity, int64_t* length, betwixt_error* error);
/// Options out of a run file, which is not trusted; callbacks and budget are left out. Height, width and channels are
/// those of `pictures`; BETWIXT_E_MISMATCH when the file was written for others. Texts of the options lie in `texts`,
/// which has room for `capacity` bytes, and are valid as long as that. Any thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_run_read(const char* text, const betwixt_pictures* pictures, betwixt_model_options* model,
                                     betwixt_train_options* train, char* texts, int64_t capacity, betwixt_error* error);
/// Trains to the end: `start`, `run`, `finish` and `release` in one. `report` may be NULL. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_train(betwixt_model* model, const betwixt_pictures* pictures,
                                        const betwixt_train_options* options, betwixt_train_report* report,
                                        betwixt_error* error);
/// Copies the pictures to the device and prepares the step; no step is done. One training at a time has a model. Any
/// thread, blocks.
BETWIXT_API int32_t betwixt_training_start(betwixt_model* model, const betwixt_pictures* pictures,
                                           const betwixt_train_options* options, betwixt_training** training,
                                           betwixt_error* error);
/// Steps until the end, the budget or a stop; waits while paused. Encoding and decoding with the model work meanwhile.
/// After an error it may be called again. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_training_run(betwixt_training* training, betwixt_error* error);
/// Whole steps for about so many milliseconds, for use in a frame loop; `*done` (may be NULL) is 1 when none is left.
/// While paused it returns at once. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_training_run_for(betwixt_training* training, double milliseconds, int32_t* done,
                                             betwixt_error* error);
/// Ends the run after the step under way, also while paused. Any thread.
BETWIXT_API int32_t betwixt_training_cancel(betwixt_training* training, betwixt_error* error);
/// Stops after the step under way until `resume`. Any thread.
BETWIXT_API int32_t betwixt_training_pause(betwixt_training* training, betwixt_error* error);
/// Any thread.
BETWIXT_API int32_t betwixt_training_resume(betwixt_training* training, betwixt_error* error);
/// The app goes to the background: stops after the step under way and writes the checkpoint; returns when both are done
/// or after `timeout_ms`, when the rest follows as soon as it can. `result` may be NULL. A checkpoint that cannot be
/// written is the error returned; the run can go on. Inside the run's own callback it only takes note. Any thread,
/// blocks.
BETWIXT_API int32_t betwixt_training_enter_background(betwixt_training* training, double timeout_ms,
                                                      betwixt_background* result, betwixt_error* error);
/// The run goes on where it was. Any thread.
BETWIXT_API int32_t betwixt_training_leave_background(betwixt_training* training, betwixt_error* error);
/// Frees all but weights, moments and pictures; the next step prepares it again. BETWIXT_E_DEVICE_TIMEOUT when it could
/// not be done in time; it follows then. Any thread, blocks.
BETWIXT_API int32_t betwixt_training_reduce_memory(betwixt_training* training, double timeout_ms, betwixt_error* error);
/// Any thread.
BETWIXT_API int32_t betwixt_training_status(const betwixt_training* training, betwixt_train_status* status,
                                            betwixt_error* error);
/// Ends the run where it is: writes the last checkpoint, gives the model its codes and record. Later calls return the
/// same report, which may be NULL. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_training_finish(betwixt_training* training, betwixt_train_report* report,
                                            betwixt_error* error);
/// After `finish` of a training with validation: the model, which has the best weights then, gets the last ones
/// (BETWIXT_WEIGHTS_LAST) or the best ones again, and the codes of its pictures by them. BETWIXT_E_MISSING without
/// validation. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_training_use_weights(betwixt_training* training, int32_t which, betwixt_error* error);
/// Without `finish` the model keeps the weights of the last step. Inside the run's own callback it cancels; the rest
/// follows when the run returns. NULL is fine. Any thread, blocks.
BETWIXT_API void betwixt_training_release(betwixt_training* training);

#ifdef __cplusplus
}
#endif

#include "betwixt/capi/betwixt_evaluate.h"
#include "betwixt/capi/betwixt_measures.h"
#include "betwixt/capi/betwixt_plot.h"
#include "betwixt/capi/betwixt_warp.h"

#endif
