/* A stand-in for libcuda.so.1: the driver's calls that the screen makes, on a processor.
 *
 * Memory of the "GPU" is ordinary memory, and a launch runs the kernel of screen.cu thread by
 * thread. Faults are asked for by the environment: STAND_IN_CUDA_FAIL=CALL:NUMBER lets a call
 * fail, STAND_IN_CUDA_ROOM=BYTES is the largest piece of memory, STAND_IN_CUDA_COUNT=N the GPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUMBLINE_ALIGNED /* letters are read as on a GPU */
#define __global__
typedef struct {
  unsigned x;
} place;
static place blockIdx, blockDim, threadIdx;
#include "screen.cu"

static long live = 0; /* pieces of memory that are not freed */

static int fails(const char *call) {
  const char *asked = getenv("STAND_IN_CUDA_FAIL"), *colon;
  if (asked == NULL || (colon = strchr(asked, ':')) == NULL) return 0;
  if (strlen(call) != (size_t)(colon - asked) || strncmp(call, asked, strlen(call))) return 0;
  return atoi(colon + 1);
}

#define CALL(name, ...)                     \
  int name(__VA_ARGS__) {                   \
    if (fails(#name)) return fails(#name);
#define END \
  return 0; \
  }

CALL(cuInit, unsigned flags) (void)flags; END
CALL(cuDriverGetVersion, int *version) *version = 13000; END
CALL(cuGetErrorName, int number, const char **name)
  *name = number == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_STAND_IN";
END
CALL(cuDeviceGetCount, int *count)
  const char *asked = getenv("STAND_IN_CUDA_COUNT");
  *count = asked ? atoi(asked) : 1;
END
CALL(cuDeviceGet, int *device, int number) *device = number; END
CALL(cuDeviceGetUuid_v2, char *uuid, int device)
  memset(uuid, 0, 16);
  uuid[15] = (char)device;
END
CALL(cuDeviceGetName, char *name, int size, int device)
  snprintf(name, (size_t)size, "stand-in %d", device);
END
CALL(cuDeviceGetAttribute, int *value, int attribute, int device)
  (void)device;
  *value = attribute == 75 ? 9 : 0;
END
CALL(cuDevicePrimaryCtxRetain, void **context, int device) *context = &live; (void)device; END
CALL(cuDevicePrimaryCtxRelease_v2, int device) (void)device; END
CALL(cuCtxSetCurrent, void *context) if (context != &live) return 201; END
CALL(cuModuleLoadData, void **module, const void *code)
  if (strstr(code, ".entry screen_reads") == NULL) return 218;
  *module = malloc(1);
END
CALL(cuModuleUnload, void *module) free(module); END
CALL(cuModuleGetFunction, void **function, void *module, const char *name)
  (void)module;
  if (strcmp(name, "screen_reads")) return 500;
  *function = (void *)1;
END
CALL(cuMemAlloc_v2, uint64_t *address, size_t size)
  const char *room = getenv("STAND_IN_CUDA_ROOM");
  if (room && size > (size_t)atol(room)) return 2;
  *address = (uint64_t)(uintptr_t)malloc(size);
  live++;
END
CALL(cuMemFree_v2, uint64_t address)
  free((void *)(uintptr_t)address);
  live--;
END
CALL(cuMemcpyHtoD_v2, uint64_t to, const void *from, size_t size)
  memcpy((void *)(uintptr_t)to, from, size);
END
CALL(cuMemcpyDtoH_v2, void *to, uint64_t from, size_t size)
  memcpy(to, (const void *)(uintptr_t)from, size);
END
CALL(cuLaunchKernel, void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
     unsigned by, unsigned bz, unsigned shared, void *stream, void **p, void **extra)
  if (function != (void *)1 || gy * gz * by * bz != 1 || shared || stream || extra) return 1;
  blockDim.x = bx;
  for (blockIdx.x = 0; blockIdx.x < gx; blockIdx.x++)
    for (threadIdx.x = 0; threadIdx.x < bx; threadIdx.x++)
      screen_reads(*(screen_index *)p[0], *(uint8_t **)p[1], *(fastq_record **)p[2],
                   *(uint64_t *)p[3], *(uint64_t *)p[4], *(uint32_t **)p[5]);
END

long stand_in_live(void) { return live; }
