#pragma once
#include <tapeless/plan/numbers.hpp>

#include <algorithm>
#include <bit>

namespace tapeless::inline TAPELESS_ABI::detail {

/// Where results go: straight to the variables that they are assigned to, over operands that nothing reads any more, or past
/// the caches; and which of them hold what an earlier pass over the row keeps.
template <class Graph> class write_placer {
 public:
  /// `storage_of`: by node.
  constexpr write_placer(const Graph& g, const binding& b, plan& p, const sequence<int>& storage_of) : g_(g), bound_(b), out_(p), storage_of_(storage_of) {}
  constexpr void run(bool by_blocks) {
    commit(static_cast<int>(out_.kernels.size()));
    choose_in_place();
    if (by_blocks) choose_blocks();
    if (by_blocks) choose_streams();
    choose_homes();
  }

 private:
  constexpr int storage_of(int node) const { return storage_of_[static_cast<std::size_t>(root_of(g_, node))]; }
  /// Whether kernel k runs inside a product that reads the storage.
  constexpr bool product_reads(int k, int storage) {
    if (!out_.kernels[static_cast<std::size_t>(k)].epilogue) return false;
    for (int i = 0; i < out_.kernels[static_cast<std::size_t>(k - 1)].read_count; ++i)
      if (access_of(k - 1, i).storage == storage) return true;
    return false;
  }

  /// Whether the access writes in the last pass over its row, when nothing is read any more but what stands at its place.
  constexpr bool writes_last(const kernel& k, const access& w) {
    const auto& s = out_.steps[static_cast<std::size_t>(k.first_step + w.slot - k.read_count - k.constant_count)];
    return static_cast<int>(std::bit_width(static_cast<unsigned>(s.computed & -s.computed))) == k.passes;
  }

  /// A variable may be written by the kernel that computes its new value if nothing reads the old value later and that
  /// kernel reads it only at the place it writes; otherwise the value is copied when all kernels have run.
  constexpr void commit(int end) {
    for (const auto& a : g_.assignments) {
      const int variable = storage_of(a.variable), value = storage_of(a.value);
      auto& from = out_.storages[static_cast<std::size_t>(value)];
      if (from.kind == storage_kind::variable) {  // another variable of the same value has it already
        out_.commits.push_back({variable, written_to(value)});
        continue;
      }
      const int writer = from.first_kernel;
      bool direct = from.kind == storage_kind::arena && writer >= 0 && writes(writer, root_of(g_, a.value)) && from.last_kernel == writer && out_.storages[static_cast<std::size_t>(variable)].last_kernel <= writer &&
                    out_.kernels[static_cast<std::size_t>(writer)].kind == kernel_kind::loop;
      direct = direct && !product_reads(writer, variable);
      if (direct)
        for (int i = 0; i < out_.kernels[static_cast<std::size_t>(writer)].access_count; ++i) {
          const auto& x = access_of(writer, i);
          if (!x.write && x.storage == variable && !walks_alike(writer, x, a.value)) direct = false;
          if (x.write && x.storage == value && !writes_last(out_.kernels[static_cast<std::size_t>(writer)], x)) direct = false;
        }
      if (direct) {
        for (int i = 0; i < out_.kernels[static_cast<std::size_t>(writer)].access_count; ++i)
          if (auto& x = access_of(writer, i); x.write && x.storage == value) x.storage = variable;
        from.kind = storage_kind::variable;
        from.node = -1;
        moved_.push_back({variable, value});
      } else {
        from.last_kernel = end;
        out_.commits.push_back({variable, value});
      }
    }
  }
  constexpr bool writes(int k, int node) {
    for (int i = 0; i < out_.kernels[static_cast<std::size_t>(k)].access_count; ++i)
      if (access_of(k, i).write && access_of(k, i).node == node) return true;
    return false;
  }
  constexpr int written_to(int value) const {
    for (const auto& m : moved_)
      if (m.value == value) return m.variable;
    return value;
  }
  constexpr access& access_of(int k, int i) { return out_.accesses[static_cast<std::size_t>(out_.kernels[static_cast<std::size_t>(k)].first_access + i)]; }
  constexpr bool walks_alike(int k, const access& x, int written) {
    const auto& owner = out_.kernels[static_cast<std::size_t>(k)];
    for (int i = 0; i < owner.access_count; ++i) {
      const auto& y = access_of(k, i);
      if (y.write && y.node == written) return !y.row && !x.row && walk(g_, x, owner, bound_) == walk(g_, y, owner, bound_) && size_of(g_[x.node].type) == size_of(g_[y.node].type);
    }
    return false;
  }

  constexpr void choose_in_place() {
    sequence<char> taken(out_.storages.size(), false);
    for (std::size_t k = 0; k < out_.kernels.size(); ++k) {
      if (out_.kernels[k].kind != kernel_kind::loop) continue;
      for (int i = 0; i < out_.kernels[k].access_count; ++i) {
        const auto& w = access_of(static_cast<int>(k), i);
        auto& to = out_.storages[static_cast<std::size_t>(w.storage)];
        if (!w.write || to.kind != storage_kind::arena || g_[w.node].host >= 0 || !writes_last(out_.kernels[k], w)) continue;
        for (int j = 0; j < out_.kernels[k].read_count && to.in_place_of < 0; ++j) {
          const auto& r = access_of(static_cast<int>(k), j);
          const auto& from = out_.storages[static_cast<std::size_t>(r.storage)];
          if (from.kind != storage_kind::arena || product_reads(static_cast<int>(k), r.storage) || from.last_kernel != static_cast<int>(k) || taken[static_cast<std::size_t>(r.storage)]) continue;
          bool alike = g_[from.node].shape == g_[to.node].shape;
          for (int n = 0; n < out_.kernels[k].read_count; ++n)
            if (const auto& other = access_of(static_cast<int>(k), n); other.storage == r.storage) alike = alike && walks_alike(static_cast<int>(k), other, w.node);
          if (!alike) continue;
          to.in_place_of = r.storage;
          taken[static_cast<std::size_t>(r.storage)] = true;
        }
      }
    }
  }

  /// A product that only its epilogue reads, and whose memory that does not take over, is never there as a whole.
  constexpr void choose_blocks() {
    sequence<char> taken_over(out_.storages.size(), 0);
    for (const auto& s : out_.storages)
      if (s.in_place_of >= 0) taken_over[s.in_place_of] = 1;
    for (int k = 1; k < static_cast<int>(out_.kernels.size()); ++k) {
      if (!out_.kernels[static_cast<std::size_t>(k)].epilogue) continue;
      const int product = access_of(k - 1, out_.kernels[static_cast<std::size_t>(k - 1)].read_count).storage;
      auto& s = out_.storages[static_cast<std::size_t>(product)];
      if (s.kind == storage_kind::arena && s.last_kernel == k && taken_over[product] == 0) s.kind = storage_kind::block;
    }
  }

  constexpr void choose_streams() {
    for (auto& k : out_.kernels) {
      const bool known = g_.shapes[static_cast<std::size_t>(k.domain)].is_static();
      if (k.kind != kernel_kind::loop || k.epilogue || (known && !sweeps_caches(g_, out_, k, bound_))) continue;
      const auto access_at = [&](int i) -> access& { return out_.accesses[static_cast<std::size_t>(k.first_access + i)]; };
      for (int i = k.read_count; i < k.access_count; ++i) {
        auto& w = access_at(i);
        bool reads = out_.storages[static_cast<std::size_t>(w.storage)].in_place_of >= 0;
        for (int j = 0; j < k.read_count; ++j) reads = reads || access_at(j).storage == w.storage;
        w.streams = !w.row && !reads;
        k.streams_late = k.streams_late || (w.streams && !known);
      }
    }
  }

  /// What is kept for the pass that writes a result, or for an earlier one, is kept where that will stand: a buffer beside it
  /// would take as much of the caches again.
  constexpr void choose_homes() {
    for (std::size_t n = 0; n < out_.kernels.size(); ++n) {
      auto& k = out_.kernels[n];
      std::uint64_t taken = 0;
      if (k.kept_count == 0 || row_bytes(k) < least_housed) continue;
      for (int i = 0; i < k.step_count; ++i) {
        auto& s = out_.steps[static_cast<std::size_t>(k.first_step + i)];
        if (s.kept == 0 || size_of(s.type) != k.width) continue;
        for (int a = k.read_count; a < std::min(k.access_count, 64); ++a) {
          if ((taken >> a & 1) != 0 || !can_hold(static_cast<int>(n), access_of(static_cast<int>(n), a), s)) continue;
          taken |= std::uint64_t{1} << a;
          s.home = static_cast<std::uint8_t>(a + 1);
          --k.kept_count;
          break;
        }
      }
    }
  }
  /// Bytes of a row from which it does not stay in the first cache with what it is computed from and a buffer.
  static constexpr std::int64_t least_housed = 8 << 10;
  constexpr std::int64_t row_bytes(const kernel& k) const {
    const auto& domain = g_.shapes[static_cast<std::size_t>(k.domain)];
    std::int64_t elements = 1;
    for (int axis = 0; axis < domain.rank; ++axis)
      if ((k.reduced >> axis & 1) != 0) elements *= bound_(domain[axis]);
    return elements * k.width;
  }
  constexpr bool can_hold(int n, const access& w, const loop_step& s) {
    const auto& k = out_.kernels[static_cast<std::size_t>(n)];
    const auto& to = out_.storages[static_cast<std::size_t>(w.storage)];
    if (w.row || w.across || w.streams || to.kind != storage_kind::arena || to.in_place_of >= 0 || g_[w.node].type == dtype::boolean || size_of(g_[w.node].type) != k.width) return false;
    for (int i = 0; i < k.read_count; ++i)
      if (access_of(n, i).storage == w.storage) return false;
    const auto& inner = out_.loops[static_cast<std::size_t>(k.first_loop + k.loop_count - 1)];
    if (inner.last <= inner.first || walk(g_, w, k, bound_).strides[static_cast<std::size_t>(inner.last - 1)] != 1) return false;
    const auto& written = out_.steps[static_cast<std::size_t>(k.first_step + w.slot - k.read_count - k.constant_count)];
    return &written == &s || std::countr_zero(written.computed) + 1 >= std::bit_width(s.kept);
  }

  const Graph& g_;
  const binding& bound_;
  plan& out_;
  const sequence<int>& storage_of_;
  sequence<assignment> moved_;  ///< values that are written to their variables, as storages
};

}  // namespace tapeless::detail
