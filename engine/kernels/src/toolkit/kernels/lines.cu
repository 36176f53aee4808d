// Lines of so many vectors, one block a line, from where they lie so far apart to where they lie so far apart.
extern "C" __global__ void copy_lines(const uint4* from, u32 from_stride, uint4* to, u32 to_stride, u32 vectors) {
    from += (u64)blockIdx.x * from_stride;
    to += (u64)blockIdx.x * to_stride;
    for (u32 i = threadIdx.x; i < vectors; i += blockDim.x) to[i] = from[i];
}
