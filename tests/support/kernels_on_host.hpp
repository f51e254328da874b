#pragma once
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/cuda/loop.hpp>
#include <tapeless/cuda/product_issue.hpp>
#include <tapeless/device/fuse_products.hpp>
#include <tapeless/run/session.hpp>

#include <vector>

namespace checks {

namespace tl = tapeless;

/// Runs what is launched at once, block by block.
struct queue_on_host {
  int launches = 0;
  void launch(const tl::device::launch& l) {
    l.on_host(l.shape, l.arguments);
    ++launches;
  }
};

/// The same with a library of products.
struct queue_with_library : queue_on_host {
  int products = 0;
  bool multiply(const tl::device::product_request& r) {
    tl::device::carry_out(r);
    ++products;
    return true;
  }
};

/// A backend for tests of a device's kernels: all runs by them, on the host.
template <template <class> class Planned, class Queue> struct kernels_on_host_by {
  template <class Of> class executor {
    using Program = Planned<Of>;
    static constexpr auto kernels = static_cast<std::size_t>(Program::kernels);

   public:
    static constexpr bool is_static = Program::is_static;
    static constexpr std::int64_t arena_bytes = -1;

    void bind(const tl::binding& b) {
      numbers_ = tl::numbers_of(Program::graph, Program::plan, b);
      std::int64_t scratch = 0;
      const auto count = [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
        scratch = std::max(scratch, issue_of<K>::scratch_bytes(numbers<K>()));
      };
      [&]<std::size_t... K>(std::index_sequence<K...>) { (count(std::integral_constant<std::size_t, K>{}), ...); }(std::make_index_sequence<kernels>{});
      const auto m = tl::plan_memory(Program::graph, Program::plan, b, scratch);
      arena_.assign(static_cast<std::size_t>(m.arena_bytes) + 64, std::byte{0xff});
      auto* const base = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(arena_.data()) + 63) / 64 * 64);
      for (std::size_t i = 0; i < storages_.size(); ++i)
        if (m.offsets[i] >= 0) storages_[i] = base + m.offsets[i];
      workspace_ = base + m.workspace;
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (tl::device::fixed_issue<Program, tl::simd_detail::fixed_storage(Program::plan, static_cast<int>(I))>::issue(queue_, storages_, b), ...);
      }(std::make_index_sequence<tl::simd_detail::fixed_storages(Program::plan)>{});
      bytes_.clear();
      for (const auto& c : Program::plan.commits) {
        const int node = Program::plan.storages[static_cast<std::size_t>(c.variable)].node;
        bytes_.push_back(static_cast<std::size_t>(b.count(Program::graph.shape_of(node)) * tl::size_of(Program::graph[node].type)));
      }
    }
    void use_memory(std::byte*) {}
    void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }
    void run() {
      [&]<std::size_t... K>(std::index_sequence<K...>) { (run_kernel<K>(), ...); }(std::make_index_sequence<kernels>{});
      for (std::size_t i = 0; i < bytes_.size(); ++i)
        std::memcpy(storages_[static_cast<std::size_t>(Program::plan.commits[i].variable)], storages_[static_cast<std::size_t>(Program::plan.commits[i].value)], bytes_[i]);
    }
    const void* output(int i) const { return storages_[static_cast<std::size_t>(Program::plan.outputs[static_cast<std::size_t>(i)])]; }

   private:
    template <int K> struct product { using type = tl::device::product_issue<Program, K, tl::device::product_mode::f32>; };
    template <int K> struct op { using type = tl::device::op_issue<Program, K>; };
    template <int K> struct loop { using type = tl::device::loop_kernel<tl::device::loop_of<Program, K>::hash>; };
    template <std::size_t K, class Other> using loop_or = std::conditional_t<Program::plan.kernels[K].kind == tl::kernel_kind::loop, loop<static_cast<int>(K)>, Other>;
    template <std::size_t K>
    using issue_of = typename loop_or<K, std::conditional_t<Program::plan.kernels[K].kind == tl::kernel_kind::contraction, product<static_cast<int>(K)>, op<static_cast<int>(K)>>>::type;
    template <std::size_t K> const std::int64_t* numbers() const {
      constexpr auto first = static_cast<std::size_t>(Program::plan.kernels[K].first_number);
      return numbers_.data() + first;
    }
    template <std::size_t K> void run_kernel() {
      constexpr auto k = Program::plan.kernels[K];
      std::array<void*, static_cast<std::size_t>(k.access_count)> tensors;
      for (std::size_t i = 0; i < tensors.size(); ++i)
        tensors[i] = storages_[static_cast<std::size_t>(Program::plan.accesses[static_cast<std::size_t>(k.first_access) + i].storage)];
      issue_of<K>::issue(queue_, tensors.data(), numbers<K>(), workspace_);
    }

    std::array<void*, Program::plan.storages.size()> storages_{};
    tl::sequence<std::int64_t> numbers_;
    std::vector<std::byte> arena_;
    std::vector<std::size_t> bytes_;
    std::byte* workspace_ = nullptr;
    Queue queue_;
  };
};

using kernels_on_host = kernels_on_host_by<tl::device::planned, queue_on_host>;
using kernels_with_epilogues = kernels_on_host_by<tl::device::planned_with_epilogues, queue_on_host>;
using kernels_with_library = kernels_on_host_by<tl::device::planned_with_epilogues, queue_with_library>;

/// The greatest distance of an element, relative to the greatest one.
template <class T> double distance_of(const T& a, const T& b) {
  if constexpr (tl::element<T>) {
    return a == b ? 0 : static_cast<double>(std::abs(a - b)) / std::max(1e-30, static_cast<double>(std::abs(b)));
  } else {
    double scale = 1e-30, most = 0;
    if (a.shape() != b.shape()) return 1e30;
    const auto finite = [](auto x) { return static_cast<double>(x) - static_cast<double>(x) == 0; };
    for (const auto x : b) if (finite(x)) scale = std::max(scale, std::abs(static_cast<double>(x)));
    auto y = b.begin();
    for (const auto x : a) {
      const auto e = *y++;
      if (!finite(e) || !finite(x)) most = (x != x) == (e != e) && (e != e || x == e) ? most : 1e30;
      else most = std::max(most, std::abs(static_cast<double>(x) - static_cast<double>(e)) / scale);
    }
    return most;
  }
}
template <class A, class B> double distance_of_tuples(const A& a, const B& b) {
  double most = 0;
  [&]<std::size_t... I>(std::index_sequence<I...>) { ((most = std::max(most, distance_of(std::get<I>(a), std::get<I>(b)))), ...); }(std::make_index_sequence<std::tuple_size_v<A>>{});
  return most;
}

/// Two sessions over the same fetches, one with a device's kernels, one on the reference.
template <class... Fetches> class kernels_and_reference {
 public:
  explicit kernels_and_reference(Fetches...) {}
  template <class... Feeds> double distance(Feeds... feeds) {
    return distance_of_tuples(kernels_.run(feeds...), plain_.run(feeds...));
  }
  auto& kernels() { return kernels_; }

 private:
  tl::session_type<kernels_on_host, Fetches...> kernels_;
  tl::session_type<tl::reference, Fetches...> plain_;
};

}  // namespace checks
