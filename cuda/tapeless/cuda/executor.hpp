#pragma once
#include <tapeless/cuda/fetched.hpp>
#include <tapeless/cuda/region.hpp>
#include <tapeless/cuda/run_plan.hpp>
#include <tapeless/cuda/staging.hpp>
#include <tapeless/cuda/variables.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tapeless::inline TAPELESS_ABI::device {

/// Runs a program on a card: its tensors stay there, and each run is one launch of what has been captured when the run was
/// first made with these addresses and extents.
///   Calls     the runtime: cuda_calls, or host_calls for a card that is simulated
///   Kernels   of<Program, K> has scratch_bytes and issue of kernel K, fixed<Program, Storage> issue of what is the same in all runs
template <class Calls, class Kernels, class Planned> class executor {
  using Program = device_program<Planned>;
  using tables = run_plan<Program>;
  static constexpr std::size_t leaves = tables::leaves, storages = tables::storages, kernels = tables::kernels;
  static constexpr auto once = static_cast<std::size_t>(Program::plan.once);

 public:
  static constexpr bool is_static = Program::is_static;
  /// Bytes of the one block of memory, where all dims are static, but for the scratch memory of its kernels; else -1.
  static constexpr std::int64_t arena_bytes = tables::memory.bytes;

  executor() { fetched_.resize(tables::outputs.size()); }
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;
  ~executor() {
    if (queue_ != nullptr) queue_->table().synchronize(queue_->stream());  // what is in use is released behind this only
  }

  /// Before all else: the variables of the session, with the queue that runs it.
  void attach(mirrored& variables) {
    variables_ = &variables;
    queue_ = &variables.queue();
    if constexpr (requires { Kernels::asks_library; }) queue_->library();  // while a run is captured it cannot be made
    fetched_.set_queue(*queue_);
    if constexpr (own_leaves > 0) {
      of_leaves_ = card_memory(*queue_, own_leaves * 16, "extents and random state");
      std::size_t n = 0;
      for (std::size_t i = 0; i < leaves; ++i)
        if (is_own(tables::leaf_kinds[i])) storages_[i] = of_leaves_.data() + 16 * n++;
    }
  }
  /// Plans memory for these values of the named dims. If that fails, the next run plans for those before.
  void bind(const binding& b) {
    is_ready_ = false;
    ++generation_;
    queue_->name("extents");
    if constexpr (!is_static) {
      using seen = bare_program<Program>;
      numbers_ = numbers_of(seen::graph, seen::plan, b);
      late_.bind(b, numbers_.data());
    }
    const auto m = tables::memory_for(b);
    const auto scratch = scratch_bytes(std::make_index_sequence<kernels>{});
    const auto bytes = static_cast<std::size_t>(m.bytes + scratch);
    if (!arena_.exists() || bytes > arena_.capacity()) {
      queue_->synchronize();
      arena_.release();
      arena_ = card_memory(*queue_, bytes, "tensors");
    }
    for (std::size_t i = 0; i < storages; ++i)
      if (m.offsets[i] >= 0) storages_[i] = arena_.data() + m.offsets[i];
    scratch_ = arena_.data() + m.bytes;
    set_sizes(b);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((queue_->name("what is the same in all runs"), Kernels::template fixed<Program, tables::fixed[I]>::issue(*queue_, storages_, b)), ...);
    }(std::make_index_sequence<tables::fixed_count>{});
    issue(0, once);
    captures_ = (!any_asks<Kernels, Program> || queue_->prepare_parts()) && launches(std::make_index_sequence<kernels>{}) <= most_captured;
    binding_ = b;
    is_ready_ = true;
  }
  /// The memory of a leaf: of a variable on the card, of an extent and of the random state on the host.
  void set_leaf(int leaf, void* data) {
    const auto i = static_cast<std::size_t>(leaf);
    if (tables::leaf_kinds[i] == leaf_kind::variable) storages_[i] = data;
    else on_host_[i] = data, extents_changed_ = true;
  }
  /// What is fed in the next run.
  void feed(int leaf, const void* data, std::size_t bytes, bool on_card) {
    if (on_card) feed_from_card(static_cast<std::size_t>(leaf), data);
    else parts_[part_count_++] = {static_cast<std::size_t>(leaf), data, bytes};
  }
  /// Before the first of those.
  void begin_feeds() { part_count_ = 0; }

  void run() {
    const std::span<const feed_stage::part> parts(parts_.data(), part_count_);
    if (!is_ready_) bind(binding_);
    variables_->flush();
    feed_stage::copy first;
    if (!parts.empty()) first = stage_.begin(*queue_, parts, [&](std::size_t leaf, std::byte* at) { storages_[leaf] = at; });
    bring_own_leaves();
    if (captures_ && !queue_->checks_each_launch()) instance_for(first).launch(*queue_);
    else variables_->forget(), issue_run(first);
    // From here on nothing fails: the run counts.
    if (!parts.empty()) stage_.end(*queue_);
    if constexpr (has_random) ++random_on_card_[1];
    if constexpr (Program::graph.assignments.size() > 0) variables_->forget();
    for (std::size_t i = 0; i < tables::outputs.size(); ++i) fetched_.set(i, storages_[tables::outputs[i].storage], output_bytes_[i]);
  }
  /// What the run has fetched.
  template <class T, int I, std::size_t Rank> auto result([[maybe_unused]] const std::array<std::int64_t, Rank>& extents) const {
    if constexpr (Rank == 0) return fetched_number<T>(fetched_, static_cast<std::size_t>(I));
    else return fetched_tensor<T, Rank>(fetched_, static_cast<std::size_t>(I), extents);
  }
  const void* output_on_device(int i) const { return fetched_.on_card(static_cast<std::size_t>(i)); }
  const void* output_on_host(int i) const { return fetched_.look(static_cast<std::size_t>(i)); }

 private:
  /// An address that was not fed before is seen to be one of the card's.
  void feed_from_card(std::size_t leaf, const void* data) {
    if (storages_[leaf] == data) return;
    const auto& t = queue_->table();
    bool is = false;
    check(t, t.is_on_card(data, &is), {.call = "looking where memory is"});
    if (!is && data != nullptr) raise(error("run: placeholder \"" + std::string(leaf_table<Program>::name(leaf)) + "\" is fed as memory of the device what is none"));
    storages_[leaf] = const_cast<void*>(data);
  }
  static constexpr bool is_own(leaf_kind k) { return k == leaf_kind::extent || k == leaf_kind::random; }
  static constexpr bool has_random = tables::count_of(leaf_kind::random) > 0;
  static constexpr std::size_t own_leaves = tables::count_of(leaf_kind::extent) + tables::count_of(leaf_kind::random);

  const std::int64_t* numbers_from(std::size_t k) const {
    if constexpr (is_static) return tables::numbers.data() + tables::starts[k].number;
    else return numbers_.data() + tables::starts[k].number;
  }
  template <std::size_t... K> std::int64_t scratch_bytes(std::index_sequence<K...>) const {
    return std::max({std::int64_t{0}, Kernels::template of<Program, static_cast<int>(K)>::scratch_bytes(numbers_from(K))...});
  }
  void set_sizes(const binding& b) {
    const auto bytes = [&](const auto& copied) { return static_cast<std::size_t>(b.count(copied.shape) * copied.width); };
    std::ranges::transform(tables::commits, commit_bytes_.begin(), bytes);
    std::ranges::transform(tables::outputs, output_bytes_.begin(), bytes);
  }

  /// More launches than that, of a long loop, are issued each by itself.
  static constexpr std::int64_t most_captured = 20000;
  template <std::size_t... K> std::int64_t launches(std::index_sequence<K...>) const {
    return (std::int64_t{0} + ... + launches_of<Kernels, Program, static_cast<int>(K)>(numbers_from(K)));
  }

  using issuer = void (*)(queue&, void* const*, const std::int64_t*, std::byte*);
  static constexpr auto issuers = []<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<issuer, kernels>{&Kernels::template of<Program, static_cast<int>(K)>::template issue<queue>...};
  }(std::make_index_sequence<kernels>{});
  static constexpr auto labels = []<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<std::string_view, kernels>{tables::template label<K>.view()...};
  }(std::make_index_sequence<kernels>{});

  void issue(std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last; ++k) {
      const auto& s = tables::starts[k];
      std::array<void*, tables::most_accesses> tensors{};
      for (int i = 0; i < s.accesses; ++i) tensors[static_cast<std::size_t>(i)] = storages_[tables::touched[static_cast<std::size_t>(s.access + i)]];
      queue_->name(labels[k]);
      issuers[k](*queue_, tensors.data(), numbers_from(k), scratch_);
    }
  }
  void issue_run(const feed_stage::copy& first) {
    queue_->name("feeds");
    queue_->copy(first.to, first.from, first.bytes);
    issue(once, kernels);
    queue_->name("assignments");
    auto bytes = commit_bytes_.begin();
    for (const auto& c : tables::commits) queue_->copy(storages_[c.storage], storages_[c.from], *bytes++);
    if constexpr (has_random) {
      for (std::size_t i = 0; i < leaves; ++i)
        if (tables::leaf_kinds[i] == leaf_kind::random) {
          const advance_kernel::arguments state{static_cast<std::int64_t*>(storages_[i])};
          queue_->launch(launch_of<advance_kernel>(state));
        }
    }
  }
  /// Brings extents and the random state to the card where they are not what it has.
  void bring_own_leaves() {
    if constexpr (own_leaves > 0) {
      queue_->name("extents and random state");
      for (std::size_t i = 0; i < leaves; ++i) {
        if (on_host_[i] == nullptr) continue;
        if (tables::leaf_kinds[i] == leaf_kind::extent && extents_changed_) queue_->copy(storages_[i], on_host_[i], 8);
        if constexpr (has_random) {
          if (tables::leaf_kinds[i] != leaf_kind::random || std::memcmp(random_on_card_.data(), on_host_[i], 16) == 0) continue;
          random_on_card_ = {-1, -1};
          queue_->copy(storages_[i], on_host_[i], 16);
          std::memcpy(random_on_card_.data(), on_host_[i], 16);
        }
      }
      extents_changed_ = false;
    }
  }

  /// A run that has been captured, with the addresses of its leaves and what it copies first.
  struct instance {
    std::array<const void*, leaves + 2> key{};
    std::int64_t generation = -1, used = 0;
    captured run;
  };
  static constexpr std::size_t most_instances = 4;

  captured& instance_for(const feed_stage::copy& first) {
    std::array<const void*, leaves + 2> key{};
    for (std::size_t i = 0; i < leaves; ++i) key[i] = storages_[i];
    key[leaves] = first.from, key[leaves + 1] = first.from + first.bytes;
    for (auto& i : instances_)
      if (i.generation == generation_ && i.key == key) return i.used = ++runs_, i.run;
    instance* chosen = nullptr;  // one of other extents, else a new one, else the one that was used longest ago
    for (auto& i : instances_)
      if (i.generation != generation_) chosen = &i;
    if (chosen == nullptr && instances_.size() < most_instances) chosen = &instances_.emplace_back(instance{.run = captured(queue_->table())});
    if (chosen == nullptr) chosen = &*std::min_element(instances_.begin(), instances_.end(), [](const auto& a, const auto& b) { return a.used < b.used; });
    chosen->generation = -1;
    chosen->run.capture(*queue_, [&] { issue_run(first); });
    chosen->key = key, chosen->generation = generation_, chosen->used = ++runs_;
    return chosen->run;
  }

  mirrored* variables_ = nullptr;
  queue* queue_ = nullptr;
  mutable fetched_values fetched_;
  card_memory of_leaves_, arena_;
  std::byte* scratch_ = nullptr;
  std::array<void*, storages> storages_{};
  std::array<void*, leaves> on_host_{};
  std::array<feed_stage::part, leaves> parts_{};
  std::size_t part_count_ = 0;
  feed_stage stage_;
  std::array<std::int64_t, 2> random_on_card_{-1, -1};
  bool extents_changed_ = false, is_ready_ = false, captures_ = true;
  binding binding_;
  std::int64_t generation_ = 0, runs_ = 0;
  std::vector<instance> instances_;
  std::array<std::size_t, tables::commits.size()> commit_bytes_{};
  std::array<std::size_t, tables::outputs.size()> output_bytes_{};
  struct no_numbers {};
  [[no_unique_address]] std::conditional_t<is_static, no_numbers, sequence<std::int64_t>> numbers_{};
  [[no_unique_address]] std::conditional_t<is_static, no_numbers, late_regions<Kernels, Program>> late_{};
};

}  // namespace tapeless::device
