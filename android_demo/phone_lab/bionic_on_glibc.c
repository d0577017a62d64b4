/* The C library of Android, as far as libtensorflowlite_jni.so asks for it, on top of glibc.
 *
 * An Android library names bionic's libraries (libc.so, libm.so, libdl.so, liblog.so) and, for each function, bionic's
 * symbol version LIBC. No symbol of glibc has that version, so the dynamic linker finds the functions of this file and
 * nothing else, and the library from the APK is loaded as it is, not a byte changed. This file is built once and
 * installed under those four names, in a folder that LD_LIBRARY_PATH names (see the README beside it).
 *
 * Most functions are the same in both C libraries: they are forwarded by a jump. The others are below.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "name@LIBC", with one @: were it this library's default version, the jump would come back to itself. */
#if defined(__x86_64__)
#define JUMP(name) "jmp *" #name "@GOTPCREL(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(name) "adrp x16, :got:" #name "\nldr x16, [x16, :got_lo12:" #name "]\nbr x16\n"
#else
#error "expected x86-64 or arm64"
#endif
#define FORWARD(name)                                              \
  __asm__(".text\n.globl forward_" #name "\n"                      \
          ".type forward_" #name ", %function\n"                   \
          "forward_" #name ":\n" JUMP(name)                        \
          ".symver forward_" #name ", " #name "@LIBC\n");
#define BIONIC(name) __asm__(".symver bionic_" #name ", " #name "@LIBC\n")

/* Memory, strings, numbers. */
FORWARD(bsearch) FORWARD(calloc) FORWARD(free) FORWARD(malloc) FORWARD(memchr) FORWARD(memcmp)
FORWARD(memcpy) FORWARD(__memmove_chk) FORWARD(memmove) FORWARD(memset) FORWARD(posix_memalign) FORWARD(qsort)
FORWARD(realloc) FORWARD(snprintf) FORWARD(strcmp) FORWARD(strerror) FORWARD(strlen) FORWARD(strncmp) FORWARD(strncpy)
FORWARD(strnlen) FORWARD(strtod) FORWARD(strtol) FORWARD(strtoll_l) FORWARD(strtoull_l) FORWARD(vasprintf) FORWARD(vsnprintf)
FORWARD(__vsnprintf_chk) FORWARD(newlocale) FORWARD(freelocale)
/* Mathematics. */
FORWARD(atan2) FORWARD(atan2f) FORWARD(cos) FORWARD(cosf) FORWARD(erfcf) FORWARD(exp) FORWARD(expf) FORWARD(expm1f)
FORWARD(fmodf) FORWARD(frexp) FORWARD(hypot) FORWARD(hypotf) FORWARD(ldexp) FORWARD(log) FORWARD(log1p) FORWARD(logf)
FORWARD(nanf) FORWARD(pow) FORWARD(powf) FORWARD(sincos) FORWARD(sincosf) FORWARD(sinf) FORWARD(tanhf)
/* Processes, threads, time. Conditions, locks and keys have the same size in both, and zero is a fresh one. */
FORWARD(abort) FORWARD(__cxa_atexit) FORWARD(__cxa_finalize) FORWARD(exit) FORWARD(getauxval) FORWARD(getenv)
FORWARD(getuid)
FORWARD(clock_gettime) FORWARD(nanosleep) FORWARD(time) FORWARD(syscall) FORWARD(__stack_chk_fail)
FORWARD(pthread_cond_broadcast) FORWARD(pthread_cond_destroy) FORWARD(pthread_cond_init) FORWARD(pthread_cond_signal)
FORWARD(pthread_cond_wait) FORWARD(pthread_create) FORWARD(pthread_equal) FORWARD(pthread_getspecific)
FORWARD(pthread_join) FORWARD(pthread_key_create) FORWARD(pthread_key_delete) FORWARD(pthread_mutex_destroy)
FORWARD(pthread_mutex_lock) FORWARD(pthread_mutex_unlock) FORWARD(pthread_once)
FORWARD(pthread_rwlock_rdlock) FORWARD(pthread_rwlock_unlock) FORWARD(pthread_rwlock_wrlock) FORWARD(pthread_self)
FORWARD(pthread_setspecific)
/* Files and libraries. */
FORWARD(close) FORWARD(closelog) FORWARD(dlclose) FORWARD(dlerror) FORWARD(dl_iterate_phdr) FORWARD(dlopen)
FORWARD(fclose) FORWARD(flock) FORWARD(fread) FORWARD(fstat) FORWARD(fsync) FORWARD(getpagesize) FORWARD(madvise)
FORWARD(mmap) FORWARD(mprotect) FORWARD(mremap) FORWARD(munmap) FORWARD(openlog) FORWARD(read) FORWARD(__read_chk)
FORWARD(rename) FORWARD(syslog) FORWARD(write)

/* bionic's standard streams are the three elements of an array; an element is 152 bytes. */
enum { STREAM_BYTES = 152 };
char bionic___sF[3 * STREAM_BYTES];
BIONIC(__sF);

/* TensorFlow Lite says everything twice, to stderr and to the log: the log is enough. */
static FILE *nowhere(void) {
  static FILE *null;
  if (!null) null = fopen("/dev/null", "w");
  return null ? null : stderr;
}

static FILE *host_stream(FILE *stream) {
  const char *place = (const char *)stream;
  if (place == bionic___sF) return stdin;
  if (place == bionic___sF + STREAM_BYTES) return stdout;
  if (place == bionic___sF + 2 * STREAM_BYTES) return nowhere();
  return stream;
}

int bionic_vfprintf(FILE *stream, const char *format, va_list arguments) {
  return vfprintf(host_stream(stream), format, arguments);
}
BIONIC(vfprintf);

int bionic_fprintf(FILE *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = bionic_vfprintf(stream, format, arguments);
  va_end(arguments);
  return written;
}
BIONIC(fprintf);

int bionic_fputc(int character, FILE *stream) { return fputc(character, host_stream(stream)); }
BIONIC(fputc);

size_t bionic_fwrite(const void *data, size_t size, size_t count, FILE *stream) {
  return fwrite(data, size, count, host_stream(stream));
}
BIONIC(fwrite);

int bionic_fflush(FILE *stream) { return fflush(stream ? host_stream(stream) : NULL); }
BIONIC(fflush);

int bionic_fileno(FILE *stream) { return fileno(host_stream(stream)); }
BIONIC(fileno);

/* The library asks /proc/cpuinfo for the processor, which under emulation describes the host's: PHONE_CPUINFO names a
 * file that describes the phone's. */
static const char *phone_path(const char *path) {
  const char *cpuinfo = getenv("PHONE_CPUINFO");
  return cpuinfo && strcmp(path, "/proc/cpuinfo") == 0 ? cpuinfo : path;
}

int bionic_open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open(phone_path(path), flags, mode);
}
BIONIC(open);

int bionic___open_2(const char *path, int flags) { return open(phone_path(path), flags); }
BIONIC(__open_2);

FILE *bionic_fopen(const char *path, const char *mode) { return fopen(phone_path(path), mode); }
BIONIC(fopen);

/* bionic numbers what sysconf can be asked in another way; these are the questions that the library has. */
long bionic_sysconf(int name) {
  switch (name) {
    case 39:
    case 40: return sysconf(_SC_PAGESIZE);
    case 96: return sysconf(_SC_NPROCESSORS_CONF);
    case 97: return sysconf(_SC_NPROCESSORS_ONLN);
    case 98: return sysconf(_SC_PHYS_PAGES);
    default: errno = EINVAL; return -1;
  }
}
BIONIC(sysconf);

/* TensorFlow Lite looks for its own XNNPACK entry points with dlsym(RTLD_DEFAULT, ...), and Android's linker looks in
 * the caller's library too. A JVM loads libraries locally, where glibc does not look: hence the caller first. */
void *bionic_dlsym(void *handle, const char *name) {
  Dl_info caller;
  if (!handle && dladdr(__builtin_return_address(0), &caller)) {
    void *library = dlopen(caller.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    void *symbol = library ? dlsym(library, name) : NULL;
    if (symbol) return symbol;
  }
  return dlsym(handle ? handle : RTLD_DEFAULT, name);
}
BIONIC(dlsym);

/* XNNPACK asks for 32 bytes of alignment, and its AVX-512 kernels then load with 64: nobody noticed, for no phone has
 * AVX-512. */
void *bionic_memalign(size_t alignment, size_t size) { return memalign(alignment < 64 ? 64 : alignment, size); }
BIONIC(memalign);

/* bionic's mutex has 40 bytes, of which zeros are a fresh one in both; on arm64 glibc would clear 48. */
int bionic_pthread_mutex_init(void *mutex, const void *attributes) {
  enum { MUTEX_BYTES = 40 };
  if (attributes) return EINVAL;
  memset(mutex, 0, MUTEX_BYTES);
  return 0;
}
BIONIC(pthread_mutex_init);

/* glibc's strerror_r returns the text, bionic's an error number. */
int bionic_strerror_r(int error, char *text, size_t size) { return snprintf(text, size, "error %d", error) < 0; }
BIONIC(strerror_r);

int *bionic___errno(void) { return &errno; }
BIONIC(__errno);

size_t bionic___strlen_chk(const char *text, size_t size) {
  (void)size;
  return strlen(text);
}
BIONIC(__strlen_chk);

void bionic_android_set_abort_message(const char *message) { fprintf(stderr, "abort: %s\n", message); }
BIONIC(android_set_abort_message);

/* The device's properties: TensorFlow Lite takes XNNPACK by default from API level 20 on. */
int bionic___system_property_get(const char *name, char *value) {
  strcpy(value, strcmp(name, "ro.build.version.sdk") == 0 ? "29" : "");
  return (int)strlen(value);
}
BIONIC(__system_property_get);

/* Of liblog.so, whose symbols have no version. Warnings and errors are shown, what is usual is not. */
int __android_log_vprint(int priority, const char *tag, const char *format, va_list arguments) {
  enum { WARNING = 5 };
  if (priority < WARNING) return 0;
  fprintf(stderr, "%s: ", tag);
  int written = vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  return written;
}
