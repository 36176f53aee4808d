// The product of one row with a matrix [outputs, 8 · vectors], a warp an output: what limits it is reading the matrix.
extern "C" __global__ void row_product(const uint4* x, const uint4* weight, const unsigned short* bias,
                                       unsigned short* out, u32 outputs, u32 vectors) {
    const u32 output = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (output >= outputs) return;
    const u32 lane = threadIdx.x % 32;
    const uint4* row = weight + (u64)output * vectors;
    float sum = 0.0f;
#pragma unroll 8
    for (u32 i = lane; i < vectors; i += 32) {
        const Eight a = unpack(__ldcs(row + i)), b = unpack(x[i]);
#pragma unroll
        for (int k = 0; k < 8; k++) sum += a.v[k] * b.v[k];
    }
    for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(~0u, sum, distance);
    if (lane == 0) {
        if (bias) sum += __uint_as_float((u32)bias[output] << 16);
        out[output] = bf16_pair(sum, 0.0f);
    }
}

// One block a row of unscaled sums: each times its row's and its output's scale, plus the bias.
extern "C" __global__ void scale_product(uint4* product, const float* of_rows, const float* of_outputs,
                                         const uint4* bias, u32 vectors) {
    uint4* row = product + (u64)blockIdx.x * vectors;
    const float of_row = of_rows[blockIdx.x];
    for (u32 vector = threadIdx.x; vector < vectors; vector += blockDim.x) {
        Eight sums = unpack(row[vector]);
        const Eight plus = bias ? unpack(bias[vector]) : Eight{};
#pragma unroll
        for (int k = 0; k < 8; k++) sums.v[k] = sums.v[k] * of_row * of_outputs[8 * vector + k] + plus.v[k];
        row[vector] = pack(sums);
    }
}
