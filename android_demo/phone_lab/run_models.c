/* Runs TFLite models on the phone's TensorFlow Lite, with XNNPACK and one thread, as long as it is asked to:
 *
 *     run_models MODEL.tflite ...
 *
 * A request on stdin: the model's number (0 is the first) and how often to run it, as 32-bit integers of this machine's
 * byte order, then its input tensors. The reply on stdout: its output tensors. Tensors stand one behind the other in the
 * model's own order. Every run copies all inputs and invokes the model, as TensorFlow Lite's Java API does; instructions
 * are counted (mark.h) from before the first run to behind the last. End of file ends it; errors go to stderr.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mark.h"

/* Android's code for arm64 reads its stack canary 0x28 bytes behind the thread pointer, where glibc has the first
 * thread-local variables of the program: they have to exist, and to stay as they are. */
__thread volatile char canary_room[64];

/* What is used of tensorflow/lite/c/c_api.h and delegates/xnnpack/xnnpack_delegate.h. */
typedef struct Tensor Tensor;
typedef struct Interpreter Interpreter;
static void *(*model_create)(const char *path);
static void *(*options_create)(void);
static void (*options_set_threads)(void *options, int32_t threads);
static void (*options_add_delegate)(void *options, void *delegate);
static void *(*xnnpack_create)(const void *options);
static Interpreter *(*interpreter_create)(const void *model, const void *options);
static int (*allocate)(Interpreter *);
static int (*invoke)(Interpreter *);
static int32_t (*input_count)(const Interpreter *);
static int32_t (*output_count)(const Interpreter *);
static Tensor *(*input_tensor)(const Interpreter *, int32_t);
static const Tensor *(*output_tensor)(const Interpreter *, int32_t);
static size_t (*byte_size)(const Tensor *);
static void *(*tensor_data)(const Tensor *);
static int (*copy_from)(Tensor *, const void *, size_t);

static const struct { void *pointer; const char *name; } FUNCTIONS[] = {
    {&model_create, "TfLiteModelCreateFromFile"},
    {&options_create, "TfLiteInterpreterOptionsCreate"},
    {&options_set_threads, "TfLiteInterpreterOptionsSetNumThreads"},
    {&options_add_delegate, "TfLiteInterpreterOptionsAddDelegate"},
    {&xnnpack_create, "TfLiteXNNPackDelegateCreate"},
    {&interpreter_create, "TfLiteInterpreterCreate"},
    {&allocate, "TfLiteInterpreterAllocateTensors"},
    {&invoke, "TfLiteInterpreterInvoke"},
    {&input_count, "TfLiteInterpreterGetInputTensorCount"},
    {&output_count, "TfLiteInterpreterGetOutputTensorCount"},
    {&input_tensor, "TfLiteInterpreterGetInputTensor"},
    {&output_tensor, "TfLiteInterpreterGetOutputTensor"},
    {&byte_size, "TfLiteTensorByteSize"},
    {&tensor_data, "TfLiteTensorData"},
    {&copy_from, "TfLiteTensorCopyFromBuffer"},
};

typedef struct {
  const char *path;
  Interpreter *interpreter;
  char *inputs;  // one tensor behind the other
  size_t input_bytes;
} Model;

static void fail(const char *what, const char *which) {
  fprintf(stderr, "%s: %s\n", what, which);
  exit(1);
}

static void find_functions(void) {
  void *library = dlopen("libtensorflowlite_jni.so", RTLD_NOW | RTLD_GLOBAL);
  if (!library) fail("cannot load the library", dlerror());
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    void *found = dlsym(library, FUNCTIONS[i].name);
    if (!found) fail("the library lacks", FUNCTIONS[i].name);
    memcpy(FUNCTIONS[i].pointer, &found, sizeof found);
  }
}

/* Whether it ran. */
static int run(const Model *model) {
  const char *next = model->inputs;
  for (int k = 0; k < input_count(model->interpreter); k++) {
    Tensor *tensor = input_tensor(model->interpreter, k);
    size_t size = byte_size(tensor);
    if (copy_from(tensor, next, size)) fail("cannot set the inputs of", model->path);
    next += size;
  }
  return !invoke(model->interpreter);
}

/* An interpreter with its memory, or NULL. XNNPACK refuses graphs whose sizes are known at run time alone. */
static Interpreter *open_model(void *content, int with_xnnpack, const char *path) {
  void *options = options_create(), *xnnpack = with_xnnpack ? xnnpack_create(NULL) : NULL;
  if (!options || (with_xnnpack && !xnnpack)) fail("the library has no XNNPACK for", path);
  options_set_threads(options, 1);
  if (xnnpack) options_add_delegate(options, xnnpack);
  Interpreter *made = interpreter_create(content, options);
  return made && !allocate(made) ? made : NULL;
}

static Model load(const char *path) {
  Model model = {path, NULL, NULL, 0};
  void *content = model_create(path);
  if (!content) fail("cannot read", path);
  model.interpreter = open_model(content, 1, path);
  if (!model.interpreter) model.interpreter = open_model(content, 0, path);  // as TensorFlow Lite does by itself
  if (!model.interpreter) fail("cannot allocate", path);
  for (int k = 0; k < input_count(model.interpreter); k++)
    model.input_bytes += byte_size(input_tensor(model.interpreter, k));
  model.inputs = calloc(model.input_bytes, 1);
  if (!model.inputs) fail("no memory for the inputs of", path);
  run(&model);  // the first run sets up what later ones find ready; a part may have no answer to zeros
  return model;
}

static void reply(const Model *model) {
  for (int k = 0; k < output_count(model->interpreter); k++) {
    const Tensor *tensor = output_tensor(model->interpreter, k);
    size_t size = byte_size(tensor);
    if (fwrite(tensor_data(tensor), 1, size, stdout) != size) fail("cannot write the outputs of", model->path);
  }
  fflush(stdout);
}

int main(int count, char **arguments) {
  canary_room[0] = 1;  // a use, so that it is kept
  find_functions();
  int models = count - 1;
  Model *loaded = calloc((size_t)models + 1, sizeof *loaded);
  if (!loaded) fail("no memory for", "the models");
  for (int i = 0; i < models; i++) loaded[i] = load(arguments[i + 1]);
  int32_t request[2];
  while (fread(request, sizeof request, 1, stdin) == 1) {
    if (request[0] < 0 || request[0] >= models) fail("expected a model's number", "received another one");
    const Model *model = &loaded[request[0]];
    if (fread(model->inputs, 1, model->input_bytes, stdin) != model->input_bytes) fail("short inputs", model->path);
    syscall(MARK);
    for (int k = 0; k < request[1]; k++)
      if (!run(model)) fail("cannot run", model->path);
    syscall(MARK);
    reply(model);
  }
  return 0;
}
