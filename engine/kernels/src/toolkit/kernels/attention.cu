// What attention in e4m3 takes of rows of query, key and value, each `vectors` long. Softmax does not see what is added to
// all keys alike, so the keys' mean is taken out, which else costs most of the digits.

// The sums of the keys' columns over some rows, a block each, [blocks, 8 · vectors], and the largest number of queries, of
// keys and of values, as bits that begin at zero.
extern "C" __global__ void scan_parts(const uint4* qkv, u32 rows, u32 vectors, float* sums, u32* largest) {
    float most[3] = {};
    for (u32 vector = threadIdx.x; vector < vectors; vector += blockDim.x) {
        float sum[8] = {};
        for (u32 row = blockIdx.x; row < rows; row += gridDim.x) {
            const uint4* start = qkv + (u64)row * vectors * 3 + vector;
#pragma unroll
            for (int part = 0; part < 3; part++) {
                const Eight x = unpack(start[part * vectors]);
#pragma unroll
                for (int k = 0; k < 8; k++) {
                    most[part] = fmaxf(most[part], fabsf(x.v[k]));
                    if (part == 1) sum[k] += x.v[k];
                }
            }
        }
#pragma unroll
        for (int k = 0; k < 8; k++) sums[(u64)blockIdx.x * vectors * 8 + vector * 8 + k] = sum[k];
    }
#pragma unroll
    for (int part = 0; part < 3; part++) {
        const float all = joined(most[part], [](float a, float b) { return fmaxf(a, b); });
        if (threadIdx.x == 0) atomicMax(largest + part, __float_as_uint(all));
    }
}

// A thread for each of the keys' columns: their means over all rows. The first also writes the numbers that attention
// takes: what brings queries, keys and values back to their size, what does so to the weights, what makes these large
// enough for e4m3, and the same for the result, which is no larger than the largest value.
extern "C" __global__ void join_parts(const float* sums, u32 blocks, u32 rows, u32 columns, const u32* largest,
                                      float* means, float* numbers) {
    const u32 column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column < columns) {
        float sum = 0.0f;
        for (u32 block = 0; block < blocks; block++) sum += sums[(u64)block * columns + column];
        means[column] = sum / rows;
    }
    if (column > 0) return;
    float scales[3];
    for (int part = 0; part < 3; part++) {
        const float most = __uint_as_float(largest[part]) * (part == 1 ? 2.0f : 1.0f);
        scales[part] = most > E4M3_LEAST ? most / E4M3_MAX : 1.0f;
        numbers[part] = scales[part];
    }
    numbers[3] = 1.0f / E4M3_MAX;
    numbers[4] = E4M3_MAX;
    numbers[5] = 1.0f / scales[2];
}

// Rows of all three in e4m3, one block a row, and the scale of the result's row.
extern "C" __global__ void parts_e4m3(const uint4* qkv, u32 vectors, const float4* means, const float* numbers,
                                      uint2* out, float* scales) {
    const uint4* row = qkv + (u64)blockIdx.x * vectors * 3;
    uint2* to = out + (u64)blockIdx.x * vectors * 3;
    for (u32 vector = threadIdx.x; vector < vectors; vector += blockDim.x) {
#pragma unroll
        for (int part = 0; part < 3; part++) {
            Eight x = unpack(row[part * vectors + vector]);
            if (part == 1) {
                const float4 a = means[2 * vector], b = means[2 * vector + 1];
                const float mean[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
#pragma unroll
                for (int k = 0; k < 8; k++) x.v[k] -= mean[k];
            }
            to[part * vectors + vector] = pack_e4m3(x, 1.0f / numbers[part]);
        }
    }
    if (threadIdx.x == 0) scales[blockIdx.x] = numbers[2];
}
