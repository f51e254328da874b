#pragma once
#include <tapeless/device/loop_steps.hpp>
#include <tapeless/plan/lower.hpp>

namespace tapeless::inline TAPELESS_ABI::device::detail {

/// Who touches what in a plan.
template <class Graph> class plan_uses {
 protected:
  constexpr plan_uses(const Graph& g, const plan& p) : g_(g), p_(p), bound_(representative_binding(g)), uses_(p.storages.size()) {
    for (int k = 0; k < kernels(); ++k)
      for (int i = 0; i < at(k).access_count; ++i) {
        auto& u = uses_[access_of(k, i).storage];
        u.before = u.last, u.last = {k, i};
        ++u.touched;
      }
    for (int o : p.outputs) uses_[o].is_needed = true;
    for (const auto& c : p.commits) uses_[c.value].is_needed = true;
  }

  /// How the kernels of a plan touch a storage.
  struct touch {
    int kernel = -1, access = -1;
  };
  struct use {
    int touched = 0;
    touch last{}, before{};
    bool is_needed = false;  ///< when all have run
  };

  constexpr int kernels() const { return static_cast<int>(p_.kernels.size()); }
  constexpr const kernel& at(int k) const { return p_.kernels[static_cast<std::size_t>(k)]; }
  constexpr const access& access_of(int k, int i) const { return p_.accesses[static_cast<std::size_t>(at(k).first_access + i)]; }
  constexpr const storage& storage_of(const access& a) const { return p_.storages[static_cast<std::size_t>(a.storage)]; }
  constexpr const use& uses_of(const access& a) const { return uses_[a.storage]; }
  constexpr loop_steps steps_of(int k) const { return loop_steps(p_, at(k)); }

  /// Products of two matrices of floats that a library can take: neighbours in rows or in columns.
  constexpr bool suits(int k) const {
    const auto& f = at(k);
    if (f.kind != kernel_kind::contraction || k < p_.once || g_[f.node].type != dtype::f32 || g_.shape_of(f.node).rank != 2) return false;
    for (int i = 0; i < 3; ++i) {
      const auto l = layout_of(g_, access_of(k, i).node, bound_);
      if (l.rank != 2) return false;
      const bool by_rows = l.strides[1] == 1 && l.strides[0] >= l.extents[1], by_columns = l.strides[0] == 1 && l.strides[1] >= l.extents[0];
      if (!(by_rows || (by_columns && i < 2))) return false;
    }
    return true;
  }
  /// Whether what kernel k writes by its access i, into memory of its own, is read by so many others and is not needed at the end.
  constexpr bool has_readers(int k, int i, int readers) const {
    const auto& made = access_of(k, i);
    const auto& u = uses_of(made);
    return storage_of(made).kind == storage_kind::arena && storage_of(made).node == made.node && !u.is_needed && u.touched == readers + 1 && u.last.kernel > k;
  }
  /// The kernel of a touch, if it reads each element as it stands; -1: it does not.
  constexpr int reader_of(const touch& t, int node) const {
    const auto& read = access_of(t.kernel, t.access);
    return read.write || read.row || read.node != node ? -1 : t.kernel;
  }
  /// The only kernel that reads that; -1: there is none such.
  constexpr int only_reader(int k, int i) const { return has_readers(k, i, 1) ? reader_of(uses_of(access_of(k, i)).last, access_of(k, i).node) : -1; }
  constexpr int read_of(int k, int node) const {
    for (int i = 0; i < at(k).read_count; ++i)
      if (access_of(k, i).node == node) return i;
    return -1;
  }
  /// Whether the loop's operands of each element are there when the product begins.
  constexpr bool comes_early(int loop, int product) const {
    for (int i = 0; i < at(loop).read_count; ++i)
      if (const auto& a = access_of(loop, i); !a.row && storage_of(a).kind == storage_kind::arena && storage_of(a).first_kernel >= product && a.node != at(product).node) return false;
    return true;
  }
  /// Whether the loop writes so into memory of its own.
  constexpr bool writes_own(int loop, int i, const shape& s) const {
    const auto& a = access_of(loop, i);
    return storage_of(a).kind == storage_kind::arena && storage_of(a).node == a.node && g_[a.node].type == dtype::f32 && g_.shape_of(a.node) == s;
  }

  const Graph& g_;
  const plan& p_;
  binding bound_;

 private:
  sequence<use> uses_;
};

}  // namespace tapeless::device::detail
