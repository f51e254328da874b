#pragma once
#include <tapeless/cuda/calls.hpp>

#include <cstdio>
#include <cuda_runtime_api.h>
#include <limits>

namespace tapeless::inline TAPELESS_ABI::device {

/// The calls of NVIDIA's runtime.
struct cuda_calls {
 private:
  static_assert(out_of_memory == cudaErrorMemoryAllocation && driver_too_old == cudaErrorInsufficientDriver && no_card == cudaErrorNoDevice &&
                no_code_for_card == cudaErrorNoKernelImageForDevice);
  static cudaStream_t stream(stream_handle s) { return static_cast<cudaStream_t>(s); }
  static cudaEvent_t event(event_handle e) { return static_cast<cudaEvent_t>(e); }
  /// An error is told here and at once, not by the next call too.
  static int told(cudaError_t e) {
    if (e != cudaSuccess) static_cast<void>(cudaGetLastError());
    return static_cast<int>(e);
  }

  /// Whether memory can be allocated in the order of a stream.
  static bool has_pools() {
    int card = 0, pools = 0;
    return cudaGetDevice(&card) == cudaSuccess && cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, card) == cudaSuccess && pools != 0;
  }
  static int allocate(void** p, std::size_t bytes, stream_handle s) { return told(has_pools() ? cudaMallocAsync(p, bytes, stream(s)) : cudaMalloc(p, bytes)); }
  static int release(void* p, stream_handle s) { return told(has_pools() ? cudaFreeAsync(p, stream(s)) : cudaFree(p)); }

  static int properties(int card, card_properties* p) {
    cudaDeviceProp found{};
    const int e = told(cudaGetDeviceProperties(&found, card));
    *p = {.major = found.major, .minor = found.minor, .multiprocessors = found.multiProcessorCount, .memory_bytes = found.totalGlobalMem};
    std::snprintf(p->name, sizeof p->name, "%.63s", found.name);
    return e;
  }
  static int check_code(const launch& l) {
    cudaFuncAttributes found{};
    return l.entry == nullptr ? static_cast<int>(cudaErrorInvalidDeviceFunction) : told(cudaFuncGetAttributes(&found, l.entry));
  }
  static int is_on_card(const void* p, bool* yes) {
    cudaPointerAttributes found{};
    const int e = told(cudaPointerGetAttributes(&found, p));
    *yes = found.type == cudaMemoryTypeDevice || found.type == cudaMemoryTypeManaged;
    return e;
  }
  static int launch_kernel(const launch& l, stream_handle s) {
    constexpr std::int64_t without_asking = 48 << 10;
    if (l.entry == nullptr) return static_cast<int>(cudaErrorInvalidDeviceFunction);
    if (l.shape.blocks > std::numeric_limits<int>::max()) return static_cast<int>(cudaErrorInvalidConfiguration);
    if (l.shape.shared_bytes > without_asking)
      if (const int e = told(cudaFuncSetAttribute(l.entry, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(l.shape.shared_bytes)))) return e;
    void* arguments[]{const_cast<void*>(l.arguments)};
    return told(cudaLaunchKernel(l.entry, dim3(static_cast<unsigned>(l.shape.blocks)), dim3(static_cast<unsigned>(l.shape.threads)), arguments,
                                 static_cast<std::size_t>(l.shape.shared_bytes), stream(s)));
  }
  static int update(executable_handle e, graph_handle g, bool* done) {
    cudaGraphExecUpdateResultInfo found{};
    const cudaError_t said = cudaGraphExecUpdate(static_cast<cudaGraphExec_t>(e), static_cast<cudaGraph_t>(g), &found);
    *done = said == cudaSuccess;
    static_cast<void>(told(said));
    return said == cudaErrorGraphExecUpdateFailure ? 0 : static_cast<int>(said);
  }

#if CUDART_VERSION >= 13000
  /// The graph that a stream is captured to, and what of it the next node waits for.
  struct capture_state {
    cudaStreamCaptureStatus status{};
    cudaGraph_t graph = nullptr;
    const cudaGraphNode_t* after = nullptr;
    const cudaGraphEdgeData* edges = nullptr;
    std::size_t count = 0;
    cudaError_t find(stream_handle s) { return cudaStreamGetCaptureInfo(stream(s), &status, nullptr, &graph, &after, &edges, &count); }
  };
  static int create_condition(stream_handle s, condition_handle* h) {
    capture_state now;
    if (const auto e = now.find(s)) return told(e);
    cudaGraphConditionalHandle made{};
    const auto e = cudaGraphConditionalHandleCreate(&made, now.graph, 0, cudaGraphCondAssignDefault);
    *h = made;
    return told(e);
  }
  static int begin_part(stream_handle s, condition_kind kind, condition_handle h, stream_handle part) {
    capture_state now;
    if (const auto e = now.find(s)) return told(e);
    cudaGraphNodeParams p{};
    p.type = cudaGraphNodeTypeConditional;
    p.conditional.handle = h;
    p.conditional.type = kind == condition_kind::once ? cudaGraphCondTypeIf : cudaGraphCondTypeWhile;
    p.conditional.size = 1;
    cudaGraphNode_t node{};
    if (const auto e = cudaGraphAddNode(&node, now.graph, now.after, now.edges, now.count, &p)) return told(e);
    if (const auto e = cudaStreamUpdateCaptureDependencies(stream(s), &node, nullptr, 1, cudaStreamSetCaptureDependencies)) return told(e);
    return told(cudaStreamBeginCaptureToGraph(stream(part), p.conditional.phGraph_out[0], nullptr, nullptr, 0, cudaStreamCaptureModeThreadLocal));
  }
  static int end_part(stream_handle part) {
    cudaGraph_t body = nullptr;
    return told(cudaStreamEndCapture(stream(part), &body));
  }
#endif

  static constexpr calls make() {
    calls t;
    t.error_name = [](int e) { return cudaGetErrorName(static_cast<cudaError_t>(e)); };
    t.error_text = [](int e) { return cudaGetErrorString(static_cast<cudaError_t>(e)); };
    t.driver_version = [](int* v) { return told(cudaDriverGetVersion(v)); };
    t.runtime_version = [](int* v) { return told(cudaRuntimeGetVersion(v)); };
    t.count_cards = [](int* n) { return told(cudaGetDeviceCount(n)); };
    t.properties = &properties;
    t.current_card = [](int* n) { return told(cudaGetDevice(n)); };
    t.check_code = &check_code;

    t.allocate = &allocate;
    t.release = &release;
    t.allocate_pinned = [](void** p, std::size_t bytes) { return told(cudaMallocHost(p, bytes)); };
    t.release_pinned = [](void* p) { return told(cudaFreeHost(p)); };
    t.copy = [](void* to, const void* from, std::size_t bytes, stream_handle s) { return told(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream(s))); };
    t.fill = [](void* to, int byte, std::size_t bytes, stream_handle s) { return told(cudaMemsetAsync(to, byte, bytes, stream(s))); };
    t.is_on_card = &is_on_card;

    t.create_stream = [](stream_handle* s) { return told(cudaStreamCreateWithFlags(reinterpret_cast<cudaStream_t*>(s), cudaStreamNonBlocking)); };
    t.destroy_stream = [](stream_handle s) { return told(cudaStreamDestroy(stream(s))); };
    t.synchronize = [](stream_handle s) { return told(cudaStreamSynchronize(stream(s))); };
    t.create_event = [](event_handle* e) { return told(cudaEventCreateWithFlags(reinterpret_cast<cudaEvent_t*>(e), cudaEventDisableTiming)); };
    t.destroy_event = [](event_handle e) { return told(cudaEventDestroy(event(e))); };
    t.record = [](event_handle e, stream_handle s) { return told(cudaEventRecord(event(e), stream(s))); };
    t.wait = [](stream_handle s, event_handle e) { return told(cudaStreamWaitEvent(stream(s), event(e), 0)); };
    t.synchronize_event = [](event_handle e) { return told(cudaEventSynchronize(event(e))); };
    t.launch_kernel = &launch_kernel;

    t.begin_capture = [](stream_handle s) { return told(cudaStreamBeginCapture(stream(s), cudaStreamCaptureModeThreadLocal)); };
    t.end_capture = [](stream_handle s, graph_handle* g) { return told(cudaStreamEndCapture(stream(s), reinterpret_cast<cudaGraph_t*>(g))); };
    t.destroy_graph = [](graph_handle g) { return told(cudaGraphDestroy(static_cast<cudaGraph_t>(g))); };
    t.instantiate = [](executable_handle* e, graph_handle g) { return told(cudaGraphInstantiate(reinterpret_cast<cudaGraphExec_t*>(e), static_cast<cudaGraph_t>(g), 0)); };
    t.update = &update;
    t.destroy_executable = [](executable_handle e) { return told(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(e))); };
    t.launch_graph = [](executable_handle e, stream_handle s) { return told(cudaGraphLaunch(static_cast<cudaGraphExec_t>(e), stream(s))); };
#if CUDART_VERSION >= 13000
    t.create_condition = &create_condition;
    t.begin_part = &begin_part;
    t.end_part = &end_part;
#endif
    return t;
  }

 public:
  static const calls& table() {
    static constexpr calls t = make();
    return t;
  }
};

}  // namespace tapeless::device
