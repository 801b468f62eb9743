/* The kernel for GPUs: one thread, one read. Made into PTX by nvcc (see gpu_code.py). */
#include "fastq.h"
#include "screen_read.h"

#ifdef __cplusplus
extern "C"
#endif
/* Hits of reads; the text begins at the offset `origin` of those that records tell. */
__global__ void screen_reads(const screen_index ix, const uint8_t *text,
                             const fastq_record *records, uint64_t origin, uint64_t n,
                             uint32_t *hits) {
  uint64_t i = (uint64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) hits[i] = screen_read(&ix, text + (records[i].seq - origin), records[i].length);
}
