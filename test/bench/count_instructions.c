/* A plugin of qemu's user mode that counts the instructions of the emulated
 * program.
 *
 *   qemu-aarch64 -plugin count_instructions.so,out=FILE PROGRAM ...
 *
 * FILE gets one line for each block that was translated: the address of its
 * first instruction, its instructions, and how often it was entered. A block
 * that a system call or a signal leaves early counts as a whole. Counters are
 * plain additions, so the program is to have one thread. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is used of the plugin interface, version 1; Debian packs no header of
 * it. */
typedef uint64_t PluginId;
struct qemu_plugin_tb;
enum { addToCounter = 0 };
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_trans_cb(
    PluginId id, void (*call)(PluginId, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block,
                                              int operation, void *counter,
                                              uint64_t value);
void qemu_plugin_register_atexit_cb(PluginId id, void (*call)(PluginId, void *),
                                    void *data);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

/* Every translation has a counter of its own: the same address may be
 * translated again, after code was dropped or as part of another block. */
struct Block {
  uint64_t address, instructions, entered;
  struct Block *next;
};
static struct Block *blocks;
static const char *path;

static void translated(PluginId id, struct qemu_plugin_tb *block) {
  (void)id;
  struct Block *counted = malloc(sizeof *counted);
  if (!counted)
    abort();
  *counted = (struct Block){qemu_plugin_tb_vaddr(block),
                            qemu_plugin_tb_n_insns(block), 0, blocks};
  blocks = counted;
  qemu_plugin_register_vcpu_tb_exec_inline(block, addToCounter,
                                           &counted->entered, 1);
}

static void ended(PluginId id, void *data) {
  (void)id, (void)data;
  FILE *file = fopen(path, "w");
  if (!file) {
    perror(path);
    return;
  }
  for (const struct Block *block = blocks; block; block = block->next)
    if (block->entered)
      fprintf(file, "%llx %llu %llu\n", (unsigned long long)block->address,
              (unsigned long long)block->instructions,
              (unsigned long long)block->entered);
  fclose(file);
}

EXPORTED int qemu_plugin_install(PluginId id, const void *info, int count,
                                 char **arguments) {
  (void)info;
  if (count != 1 || strncmp(arguments[0], "out=", 4) != 0) {
    fprintf(stderr, "count_instructions: expected the argument out=FILE\n");
    return 1;
  }
  path = strdup(arguments[0] + 4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
