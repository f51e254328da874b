#pragma once
#include "element_functions.hpp"
#include "node_by_node.hpp"

#include <tapeless/backend/windowed.hpp>
#include <tapeless/graph/builder.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace checks {

/// Elements in row-major order.
template <class N> using elements = std::vector<N>;

/// Computes nodes of a graph one by one with plain loops in numbers of one type, so that a graph that was built at run
/// time, such as that of a gradient with a planted mistake, needs no compiling. Ops are known by name or hash: a copy of an
/// op_info with another gradient is the same op.
template <class N> class evaluator {
 public:
  explicit evaluator(const tl::graph& g, const own_op<N>& own = {}) : g_(g), own_(own), known_(static_cast<std::size_t>(g.size())), values_(known_.size()) {}

  void set(int node, elements<N> x) {
    values_[index(node)] = std::move(x);
    known_[index(node)] = true;
  }
  const elements<N>& operator()(int node) {
    // From the first ancestor on, so that deep graphs need no deep recursion.
    std::vector<char> needed(index(node) + 1);
    needed.back() = 1;
    for (int id = node; id >= 0; --id)
      if (needed[index(id)] && !known_[index(id)])
        for (int o : g_.operands_of(id)) needed[index(o)] = 1;
    for (int id = 0; id <= node; ++id)
      if (needed[index(id)] && !known_[index(id)]) compute(id);
    return values_[index(node)];
  }

 private:
  using extents = std::vector<std::int64_t>;
  static std::size_t index(int id) { return static_cast<std::size_t>(id); }

  extents extents_of(int id) const {
    const auto& s = g_.shape_of(id);
    extents e;
    for (int i = 0; i < s.rank; ++i) e.push_back(s[i].constant);
    return e;
  }
  static std::size_t count(const extents& e) {
    std::size_t n = 1;
    for (auto d : e) n *= static_cast<std::size_t>(d);
    return n;
  }
  /// Visits the places of a tensor in row-major order.
  template <class F> static void each(const extents& e, F visit) {
    extents p(e.size(), 0);
    for (std::size_t i = 0, n = count(e); i < n; ++i) {
      visit(i, p);
      for (std::size_t axis = e.size(); axis-- > 0; p[axis] = 0)
        if (++p[axis] < e[axis]) break;
    }
  }
  /// Where the element stands that a tensor of extents e has at place p of something it broadcasts to.
  static std::size_t offset(const extents& e, const extents& p) {
    std::size_t at = 0;
    for (std::size_t axis = 0; axis < e.size(); ++axis) {
      const auto i = e[axis] == 1 ? 0 : p[p.size() - e.size() + axis];
      at = at * static_cast<std::size_t>(e[axis]) + static_cast<std::size_t>(i);
    }
    return at;
  }

  void compute(int id) {
    const auto& n = g_[id];
    const auto e = extents_of(id);
    elements<N> y(count(e));
    std::vector<const elements<N>*> x;
    std::vector<extents> xe;
    for (int o : g_.operands_of(id)) x.push_back(&values_[index(o)]), xe.push_back(extents_of(o));
    if (n.op->kind == tl::op_kind::leaf) y.assign(y.size(), static_cast<N>(__builtin_nan("")));  // was not set
    else if (n.op->kind == tl::op_kind::constant) y[0] = static_cast<N>(g_.attributes_of(id).number());
    else if (n.op->kind == tl::op_kind::elementwise) elementwise(*n.op, e, x, xe, y);
    else other(std::string_view(n.op->name), id, e, x, xe, y);
    set(id, std::move(y));
  }
  void elementwise(const tl::op_info& op, const extents& e, const std::vector<const elements<N>*>& x, const std::vector<extents>& xe, elements<N>& y) const {
    const auto f = own_.function != nullptr && op.hash == own_.hash ? own_.function : element_function_of<N>(op);
    if (f == nullptr) throw std::logic_error("no element function of " + std::string(op.name));
    each(e, [&](std::size_t i, const extents& p) {
      N arguments[4]{};
      for (std::size_t k = 0; k < x.size(); ++k) arguments[k] = (*x[k])[offset(xe[k], p)];
      y[i] = f(arguments);
    });
  }

  void other(std::string_view name, int id, const extents& e, const std::vector<const elements<N>*>& x, const std::vector<extents>& xe, elements<N>& y) {
    const auto& a = g_.attributes_of(id);
    const auto axis = static_cast<std::size_t>(a.a);
    if (name == "reshape" || name == "stop_gradient" || name == "barrier" || tl::is_marker(g_[id].op)) {
      y = *x[0];
    } else if (name == "broadcast_to") {
      each(e, [&](std::size_t i, const extents& p) { y[i] = (*x[0])[offset(xe[0], p)]; });
    } else if (name == "transpose") {
      each(e, [&](std::size_t i, extents p) {
        extents from(p.size());
        for (std::size_t k = 0; k < p.size(); ++k) from[static_cast<std::size_t>(a.a >> (4 * k) & 15)] = p[k];
        y[i] = (*x[0])[offset(xe[0], from)];
      });
    } else if (name == "slice") {
      each(e, [&](std::size_t i, extents p) {
        p[axis] = a.b + a.c * p[axis];
        std::size_t at = 0;
        for (std::size_t k = 0; k < p.size(); ++k) at = at * static_cast<std::size_t>(xe[0][k]) + static_cast<std::size_t>(p[k]);
        y[i] = (*x[0])[at];
      });
    } else if (name == "pad") {
      y.assign(y.size(), static_cast<N>(a.number()));
      place(*x[0], xe[0], e, axis, a.b, a.c, y);
    } else if (name == "concat") {
      std::int64_t start = 0;
      for (std::size_t k = 0; k < x.size(); start += xe[k++][axis]) place(*x[k], xe[k], e, axis, start, 1, y);
    } else if (g_.is(id, tl::op_kind::reduction)) {
      reduce(name, a, *x[0], xe[0], y);
    } else if (name == "matmul") {
      multiply(a, e, x, xe, y);
    } else if (name == "products_of_others") {
      each(e, [&](std::size_t i, const extents& p) {
        y[i] = 1;
        for (std::int64_t k = 0; k < e[axis]; ++k) {
          extents other = p;
          other[axis] = k;
          if (k != p[axis]) y[i] *= (*x[0])[offset(e, other)];
        }
      });
    } else if (name == "iota") {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<N>(i);
    } else if (name == "gather" || name == "scatter_add") {
      rows(name == "gather", a, e, x, xe, y);
    } else if (g_.is(id, tl::op_kind::windowed)) {
      windowed(name, a, e, x, xe, y);
    } else {
      throw std::logic_error("the evaluator does not know " + std::string(name));
    }
  }

  static void place(const elements<N>& x, const extents& xe, const extents& e, std::size_t axis, std::int64_t start, std::int64_t step, elements<N>& y) {
    each(xe, [&](std::size_t i, extents p) {
      p[axis] = start + step * p[axis];
      std::size_t at = 0;
      for (std::size_t k = 0; k < p.size(); ++k) at = at * static_cast<std::size_t>(e[k]) + static_cast<std::size_t>(p[k]);
      y[at] = x[i];
    });
  }
  static void reduce(std::string_view name, const tl::attributes& a, const elements<N>& x, const extents& xe, elements<N>& y) {
    // Of 0 and 1, any is max and all is a product; of none they are 0 and 1.
    const bool product = name == "prod" || name == "all", sum = name == "sum", greatest = name == "max" || name == "any", least = name == "min";
    if (!product && !sum && !greatest && !least) throw std::logic_error("the evaluator does not know " + std::string(name));
    y.assign(y.size(), product ? N(1) : sum ? N(0) : greatest ? (name == "any" ? N(0) : -static_cast<N>(__builtin_inf())) : static_cast<N>(__builtin_inf()));
    each(xe, [&](std::size_t i, const extents& p) {
      std::size_t at = 0;
      for (std::size_t k = 0; k < p.size(); ++k)
        if ((a.a >> k & 1) == 0) at = at * static_cast<std::size_t>(xe[k]) + static_cast<std::size_t>(p[k]);
      N& r = y[at];
      if (sum) r += x[i];
      else if (product) r *= x[i];
      else if (x[i] != x[i] || (greatest ? x[i] > r : x[i] < r)) r = x[i];
    });
  }
  static void multiply(const tl::attributes& t, const extents& e, const std::vector<const elements<N>*>& x, const std::vector<extents>& xe, elements<N>& y) {
    const auto depth = xe[0][xe[0].size() - (t.a == 1 ? 2 : 1)];
    each(e, [&](std::size_t i, const extents& p) {
      extents left = p, right = p;
      const auto last = p.size() - 1;
      N sum = 0;
      for (std::int64_t k = 0; k < depth; ++k) {
        left[last] = k, right[last - 1] = k, left[last - 1] = p[last - 1], right[last] = p[last];
        if (t.a == 1) std::swap(left[last], left[last - 1]);
        if (t.b == 1) std::swap(right[last], right[last - 1]);
        sum += (*x[0])[offset(xe[0], left)] * (*x[1])[offset(xe[1], right)];
      }
      y[i] = sum;
    });
  }
  /// Rows by index: gather takes them from x, scatter_add adds them up in y.
  static void rows(bool take, const tl::attributes& a, const extents& e, const std::vector<const elements<N>*>& x, const std::vector<extents>& xe, elements<N>& y) {
    const auto& whole = take ? xe[0] : e;
    const std::size_t row = count({whole.begin() + 1, whole.end()});
    for (std::size_t i = 0; i < x[1]->size(); ++i) {
      const auto at = static_cast<std::int64_t>((*x[1])[i]);
      const bool inside = at >= 0 && at < whole[0];
      for (std::size_t k = 0; k < row; ++k) {
        if (!take && inside) y[static_cast<std::size_t>(at) * row + k] += (*x[0])[i * row + k];
        if (take) y[i * row + k] = inside ? (*x[0])[static_cast<std::size_t>(at) * row + k] : a.a == 1 ? N(0) : static_cast<N>(__builtin_nan(""));
      }
    }
  }
  /// The plain loops of windows, which stored cases hold to JAX.
  static void windowed(std::string_view name, const tl::attributes& a, const extents& e, const std::vector<const elements<N>*>& x, const std::vector<extents>& xe, elements<N>& y) {
    const auto viewed = [](auto* data, const extents& of) {
      tl::tensor_view<std::remove_pointer_t<decltype(data)>> v{.data = data, .rank = static_cast<int>(of.size())};
      std::int64_t stride = 1;
      for (std::size_t k = of.size(); k-- > 0; stride *= of[k]) v.extents[k] = of[k], v.strides[k] = stride;
      return v;
    };
    const auto out = viewed(y.data(), e);
    const auto in = [&](std::size_t k) { return viewed(x[k]->data(), xe[k]); };
    if (name == "conv2d") tl::windowed_loops<tl::conv2d_op>::run(a, out, in(0), in(1));
    else if (name == "conv2d_by_images") tl::windowed_loops<tl::conv2d_by_images_op>::run(a, out, in(0), in(1));
    else if (name == "conv2d_by_kernels") tl::windowed_loops<tl::conv2d_by_kernels_op>::run(a, out, in(0), in(1));
    else if (name == "max_pool") tl::windowed_loops<tl::max_pool_op>::run(a, out, in(0));
    else if (name == "max_pool_spread") tl::windowed_loops<tl::max_pool_spread_op>::run(a, out, in(0), in(1));
    else if (name == "max_pool_take") tl::windowed_loops<tl::max_pool_take_op>::run(a, out, in(0), in(1));
    else if (name == "average_pool") tl::windowed_loops<tl::average_pool_op>::run(a, out, in(0));
    else if (name == "average_pool_spread") tl::windowed_loops<tl::average_pool_spread_op>::run(a, out, in(0));
    else throw std::logic_error("the evaluator does not know " + std::string(name));
  }

  const tl::graph& g_;
  own_op<N> own_;
  std::vector<char> known_;
  std::vector<elements<N>> values_;
};

}  // namespace checks
