/* The kernel for GPUs: one thread, one read. Made into PTX by nvcc (see gpu_code.py). */
#include "fastq.h"
#include "screen_read.h"

extern "C" __global__ void screen_reads(const screen_index ix, const uint8_t *buffer,
                                        const fastq_record *records, uint64_t n, uint32_t *hits) {
  uint64_t i = (uint64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) hits[i] = screen_read(&ix, buffer + records[i].seq, records[i].length);
}
