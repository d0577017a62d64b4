/* A QEMU plugin: writes how many guest instructions a program has executed, each time that the program asks.
 *
 *     qemu-aarch64 -plugin count_instructions.so,out=FILE PROGRAM ...
 *
 * The program asks by a system call whose number is MARK, which no kernel knows; a line with the number of instructions
 * since the start is in FILE before the call returns. What lies between two calls is counted to the instruction: a
 * system call ends a block of QEMU's, and blocks are counted whole. One thread is counted, and no more are expected.
 *
 * Distributions ship QEMU without its plugin header, so what is used of it is declared here. PLUGIN_VERSION is 1 up to
 * QEMU 8.2 and 2 from QEMU 9.0 on.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "mark.h"

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
typedef void block_translated(plugin_id, struct qemu_plugin_tb *);
typedef void block_executed(unsigned int processor, void *data);
typedef void system_call(plugin_id, unsigned int processor, int64_t number, uint64_t, uint64_t, uint64_t, uint64_t,
                         uint64_t, uint64_t, uint64_t, uint64_t);
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, block_translated *);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, block_executed *, enum qemu_plugin_cb_flags, void *);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, system_call *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

int qemu_plugin_version = PLUGIN_VERSION;
static uint64_t executed;
static FILE *out;

static void on_executed(unsigned int processor, void *length) {
  (void)processor;
  executed += (uintptr_t)length;
}

static void on_translated(plugin_id id, struct qemu_plugin_tb *block) {
  (void)id;
  void *length = (void *)(uintptr_t)qemu_plugin_tb_n_insns(block);
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_executed, QEMU_PLUGIN_CB_NO_REGS, length);
}

static void on_system_call(plugin_id id, unsigned int processor, int64_t number, uint64_t a, uint64_t b, uint64_t c,
                           uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)processor, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  if (number != MARK) return;
  fprintf(out, "%" PRIu64 "\n", executed);
  fflush(out);
}

int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments) {
  (void)info;
  if (count != 1 || strncmp(arguments[0], "out=", 4) != 0 || !(out = fopen(arguments[0] + 4, "w"))) {
    fprintf(stderr, "count_instructions: expected out=FILE in a folder that can be written to\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
  qemu_plugin_register_vcpu_syscall_cb(id, on_system_call);
  return 0;
}
