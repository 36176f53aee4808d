// Queries and keys of all heads of a token, one block a token, in place: rows of query, key and value, each `vectors`
// long. A head's vectors are `lanes` neighbouring threads, a power of two of at most 32.
extern "C" __global__ void qk_norm_rope(uint4* qkv, u32 vectors, u32 lanes, const uint4* q_weight,
                                         const uint4* k_weight, const float4* cosines, const float4* sines,
                                         float eps) {
    uint4* row = qkv + (u64)blockIdx.x * vectors * 3;
    for (u32 first = 0; first < vectors; first += blockDim.x) {
        const u32 vector = first + threadIdx.x;
        const bool inside = vector < vectors;
        const u32 lane = vector & (lanes - 1);
        uint4 bits[2] = {};
        float4 c = {}, s = {};
        if (inside) {
            bits[0] = row[vector];
            bits[1] = row[vectors + vector];
            c = cosines[(u64)blockIdx.x * lanes + lane];
            s = sines[(u64)blockIdx.x * lanes + lane];
        }
        const float cos[4] = {c.x, c.y, c.z, c.w}, sin[4] = {s.x, s.y, s.z, s.w};
#pragma unroll
        for (int part = 0; part < 2; part++) {
            Eight x = unpack(bits[part]);
            float squares = 0.0f;
#pragma unroll
            for (int k = 0; k < 8; k++) squares += x.v[k] * x.v[k];
            for (u32 distance = lanes / 2; distance > 0; distance /= 2)
                squares += __shfl_xor_sync(~0u, squares, distance);
            const float factor = 1.0f / sqrtf(squares / (lanes * 8.0f) + eps);
            const Eight weight = unpack((part == 0 ? q_weight : k_weight)[lane]);
#pragma unroll
            for (int k = 0; k < 8; k += 2) {
                const float a = x.v[k] * factor * weight.v[k], b = x.v[k + 1] * factor * weight.v[k + 1];
                x.v[k] = a * cos[k / 2] - b * sin[k / 2];
                x.v[k + 1] = a * sin[k / 2] + b * cos[k / 2];
            }
            if (inside) row[part * vectors + vector] = pack(x);
        }
    }
}
