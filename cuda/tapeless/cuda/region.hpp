#pragma once
#include <tapeless/cuda/queue.hpp>
#include <tapeless/cuda/region_parts.hpp>
#include <tapeless/cuda/run_plan.hpp>

#include <algorithm>
#include <memory>
#include <tuple>

namespace tapeless::inline TAPELESS_ABI::device {

template <class Kernels, class Program, class = std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>> struct late_regions;

/// Whether issuing kernel K asks the card what comes next, and waits for that.
template <class Kernels, class Program, int K> constexpr bool kernel_asks() {
  if constexpr (Program::plan.kernels[K].kind == kernel_kind::region) return Kernels::template of<Program, K>::asks;
  else return false;
}
template <class Kernels, class Program> inline constexpr bool any_asks = []<std::size_t... K>(std::index_sequence<K...>) {
  return (kernel_asks<Kernels, Program, static_cast<int>(K)>() || ...);
}(std::make_index_sequence<static_cast<std::size_t>(Program::kernels)>{});

/// About how many launches kernel K is.
template <class Kernels, class Program, int K> std::int64_t launches_of(const std::int64_t* numbers) {
  if constexpr (Program::plan.kernels[K].kind == kernel_kind::region) return Kernels::template of<Program, K>::launches(numbers);
  else return 1;
}

/// Issues the kernels of a body, in memory that its region gives it.
template <class Kernels, class Body> class body_issue {
  using Program = planned_body<Body>;
  using tables = run_plan<Program>;
  static constexpr std::size_t kernels = tables::kernels, storages = tables::storages;

 public:
  static constexpr bool is_static = Program::is_static;
  static constexpr bool asks = any_asks<Kernels, Program>;

  /// Plans for these values of the named dims; gives the bytes that it needs.
  std::int64_t plan(const binding& b) {
    if constexpr (!is_static) {
      using seen = bare_program<Program>;
      numbers_ = numbers_of(seen::graph, seen::plan, b);
      late_.bind(b, numbers_.data());
    }
    binding_ = b;
    const auto m = tables::memory_for(b);
    offsets_ = m.offsets;
    arena_bytes_ = align_up(m.bytes);
    for (std::size_t i = 0; i < commit_bytes_.size(); ++i) commit_bytes_[i] = static_cast<std::size_t>(b.count(tables::commits[i].shape) * tables::commits[i].width);
    return bytes_ = arena_bytes_ + align_up(scratch_bytes(std::make_index_sequence<kernels>{}));
  }
  std::int64_t bytes() const { return bytes_; }
  /// Where it computes from now on.
  void place(queue& q, std::byte* memory) {
    queue_ = &q;
    for (std::size_t i = 0; i < storages; ++i)
      if (offsets_[i] >= 0) storages_[i] = memory + offsets_[i];
    scratch_ = memory + arena_bytes_;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Kernels::template fixed<Program, tables::fixed[I]>::issue(q, storages_, binding_), ...);
    }(std::make_index_sequence<tables::fixed_count>{});
  }
  std::int64_t launches() const {
    return []<std::size_t... K>(const body_issue& b, std::index_sequence<K...>) {
      return (std::int64_t{1} + ... + launches_of<Kernels, Program, static_cast<int>(K)>(b.numbers_from(K)));
    }(*this, std::make_index_sequence<kernels>{});
  }
  void set_leaf(int leaf, void* data) { storages_[static_cast<std::size_t>(leaf)] = data; }
  void run() {
    const auto name = queue_->name();
    [&]<std::size_t... K>(std::index_sequence<K...>) { (issue<K>(), ...); }(std::make_index_sequence<kernels>{});
    queue_->name(name);
    auto bytes = commit_bytes_.begin();
    for (const auto& c : tables::commits) queue_->copy(storages_[c.storage], storages_[c.from], *bytes++);
  }
  const void* output(int i) const { return storages_[tables::outputs[static_cast<std::size_t>(i)].storage]; }

 private:
  const std::int64_t* numbers_from(std::size_t k) const {
    if constexpr (is_static) return tables::numbers.data() + tables::starts[k].number;
    else return numbers_.data() + tables::starts[k].number;
  }
  template <std::size_t... K> std::int64_t scratch_bytes(std::index_sequence<K...>) const {
    return std::max({std::int64_t{0}, Kernels::template of<Program, static_cast<int>(K)>::scratch_bytes(numbers_from(K))...});
  }
  template <std::size_t K> void issue() {
    constexpr auto s = tables::starts[K];
    std::array<void*, static_cast<std::size_t>(s.accesses)> tensors;
    for (int i = 0; i < s.accesses; ++i) tensors[static_cast<std::size_t>(i)] = storages_[tables::touched[static_cast<std::size_t>(s.access + i)]];
    queue_->name(tables::template label<K>.view());
    Kernels::template of<Program, static_cast<int>(K)>::issue(*queue_, tensors.data(), numbers_from(K), scratch_);
  }

  struct nothing_late {
    void bind(const binding&, std::int64_t*) {}
  };
  queue* queue_ = nullptr;
  binding binding_;
  std::array<void*, storages> storages_{};
  std::array<std::int64_t, storages> offsets_{};
  std::array<std::size_t, tables::commits.size()> commit_bytes_{};
  std::int64_t arena_bytes_ = 0, bytes_ = 0;
  std::byte* scratch_ = nullptr;
  [[no_unique_address]] std::conditional_t<is_static, nothing_late, sequence<std::int64_t>> numbers_{};
  [[no_unique_address]] std::conditional_t<is_static, nothing_late, late_regions<Kernels, Program>> late_{};
};

/// What a loop asks of the card's memory.
struct queue_memory {
  device::queue& queue;

  void copy(void* to, const void* from, std::int64_t bytes) { queue.copy(to, from, static_cast<std::size_t>(bytes)); }
  void clear(void* to, std::int64_t bytes) { queue.fill(to, 0, static_cast<std::size_t>(bytes)); }
  /// A host's number is copied before the call returns.
  template <class T> void put(void* to, T value) { queue.copy(to, &value, sizeof value); }
  template <class T> T read(const void* from) {
    T value;
    queue.copy(&value, from, sizeof value);
    queue.synchronize();
    return value;
  }
};

/// Issues a loop or a choice. Loops of a known number of steps are issued step by step, so that they can be captured; where what
/// comes next depends on what is computed, the card decides, or, if its driver knows no conditional parts, the host, which waits.
template <class Kernels, class Program, int K> struct region_issue {
  template <class Body> using runner = body_issue<Kernels, Body>;
  using walk = region_walk<Program, K, runner>;
  using bodies = typename walk::bodies;
  using parts = region_parts<walk>;
  static constexpr bool is_static = []<class... B>(std::type_identity<std::tuple<B...>>) { return (B::is_static && ...); }(std::type_identity<bodies>{});
  static constexpr bool asks = walk::asks || []<class... B>(std::type_identity<std::tuple<B...>>) { return (B::asks || ...); }(std::type_identity<bodies>{});

  static std::int64_t scratch_bytes(const std::int64_t* numbers) {
    if constexpr (is_static) {
      bodies b;
      return plan(b, {}) + parts::scratch_bytes(numbers);
    } else {
      return *reinterpret_cast<const std::int64_t*>(static_cast<std::uintptr_t>(numbers[1])) + parts::scratch_bytes(numbers);
    }
  }
  static std::int64_t launches(const std::int64_t* numbers) {
    const std::int64_t steps = walk::asks ? 1 : std::max<std::int64_t>(1, numbers[0]);
    const auto of = [&](const bodies& b) { return std::apply([&](const auto&... x) { return steps * (x.launches() + ... + 0); }, b); };
    if constexpr (is_static) {
      bodies b;
      plan(b, {});
      return of(b);
    } else {
      return of(reinterpret_cast<const late*>(static_cast<std::uintptr_t>(numbers[1]))->each);
    }
  }
  template <class Queue> static void issue(Queue& q, void* const* tensors, const std::int64_t* numbers, std::byte* scratch) {
    if constexpr (is_static) {
      bodies b;
      plan(b, {});
      run(b, q, tensors, numbers, scratch);
    } else {
      run(reinterpret_cast<late*>(static_cast<std::uintptr_t>(numbers[1]))->each, q, tensors, numbers, scratch);
    }
  }

  /// Bodies with dynamic dims, which the numbers of their kernel point to.
  struct late {
    std::int64_t bytes = 0;
    bodies each;
  };
  static std::int64_t plan(bodies& b, const binding& dims) {
    return std::apply([&](auto&... x) { return (x.plan(dims) + ... + 0); }, b);
  }

 private:
  static void run(bodies& b, queue& q, void* const* tensors, const std::int64_t* numbers, std::byte* memory) {
    std::apply([&](auto&... x) { ((x.place(q, memory), memory += x.bytes()), ...); }, b);
    if constexpr (walk::asks)
      if (q.has_parts()) return parts::run(b, tensors, numbers, q, memory);
    queue_memory of{q};
    walk::run(b, tensors, numbers, of);
  }
};

/// The bodies with dynamic dims of kernel K.
template <class Kernels, class Program, int K, kernel_kind = Program::plan.kernels[K].kind> struct late_region {
  void bind(const binding&, std::int64_t*) {}
};
template <class Kernels, class Program, int K> struct late_region<Kernels, Program, K, kernel_kind::region> {
  using region = region_issue<Kernels, Program, K>;
  void bind(const binding& b, std::int64_t* numbers) {
    if constexpr (!region::is_static) {
      if (!late_) late_ = std::make_unique<typename region::late>();
      late_->bytes = region::plan(late_->each, b);
      numbers[1] = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(late_.get()));
    }
  }

 private:
  struct none {};
  [[no_unique_address]] std::conditional_t<region::is_static, none, std::unique_ptr<typename region::late>> late_;
};
/// Those of a program; bound before its kernels are asked for scratch memory.
template <class Kernels, class Program, std::size_t... K> struct late_regions<Kernels, Program, std::index_sequence<K...>> {
  std::tuple<late_region<Kernels, Program, static_cast<int>(K)>...> each;
  void bind(const binding& b, std::int64_t* numbers) { (std::get<K>(each).bind(b, numbers + Program::plan.kernels[K].first_number), ...); }
};

}  // namespace tapeless::device
