#!/bin/sh
# Starts the build that this computer can run: a build for CUDA does not start where a library of CUDA's is missing.
builds=$(dirname "$(readlink -f "$0")")/../lib/lamina
if [ -x "$builds/lamina-cuda" ]; then
    missing=$(ldd "$builds/lamina-cuda" | awk '/not found/ { print $1 }' | paste -sd ' ')
    [ -z "$missing" ] && exec "$builds/lamina-cuda" "$@"
    echo "lamina: without the GPU, because $missing cannot be found; install NVIDIA's driver (libcuda) and CUDA's run-time libraries (the others)" >&2
fi
exec "$builds/lamina-cpu" "$@"
