#pragma once
#include "derivative_check.hpp"
#include "edge_check.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/run/session.hpp>

#include <cstdio>
#include <deque>

namespace checks {

/// The shape of a row's operand when it is compiled: letters have extents of their own, "*" is a vector longer than a register.
constexpr tl::shape compiled_shape(std::string_view text) {
  if (text == "*") return tl::shape(19);
  tl::shape s;
  for (char c : text) s.push(c >= '0' && c <= '9' ? c - '0' : c == 'm' ? 3 : c == 'n' ? 4 : c == 'k' ? 5 : 2);
  return s;
}

/// What a session is made for, as it is put together. Only types: a std::tuple of as many takes compilers seconds.
template <class... E> struct expressions {
  template <class Policy> using session = tl::session_type<Policy, E...>;
};
template <class... E> constexpr expressions<E...> list_of(E...) { return {}; }
template <class... A, class... B> constexpr expressions<A..., B...> operator+(expressions<A...>, expressions<B...>) { return {}; }

/// Rows [First, First + Count) of a list as one session, with derivatives to some order, by forward mode too if asked for, and,
/// if compared, another session of the values alone.
template <const auto& Rows, std::size_t First, std::size_t Count, class T, class Policy, int Orders, bool Forward, bool Alone> class compiled_rows {
 public:
  using numbers = std::vector<std::vector<double>>;

  /// The values and all derivatives of one row, in double.
  struct results {
    std::vector<double> value, moved;
    std::array<numbers, 3> derivatives;
  };

  static std::vector<any_row> rows() {
    auto all = rows_of(Rows);
    return {all.begin() + First, all.begin() + First + Count};
  }
  static std::vector<tl::shape> shapes(const any_row& row) {
    std::vector<tl::shape> s;
    for (const auto& o : row.operands) s.push_back(compiled_shape(o.shape));
    return s;
  }

  /// `points(row)` gives each row its x, u and v.
  template <class Points> std::vector<results> operator()(const Points& points) {
    each_row([&]<std::size_t R>(index<R>) { poison<R>(whole_); });
    whole_.run();  // edges 39: what the next run fails to write stays NaN
    each_row([&]<std::size_t R>(index<R>) {
      fill<R>(whole_, points(R));
      if constexpr (Alone) fill<R>(values_, points(R));
      set_if_used<u<R>>(points(R).u);
      [&]<std::size_t... K>(std::index_sequence<K...>) { (set_if_used<v<R, K>>(points(R).v[K]), ...); }(by<R>);
    });
    std::vector<results> all(Count);
    const auto out = whole_.run();
    each_row([&]<std::size_t R>(index<R>) { all[R] = collect<R>(out); });
    return all;
  }
  /// Whether values are the same bits without derivatives; after a run.
  faults alone() requires Alone {
    faults found;
    const auto out = whole_.run();
    const auto values = values_.run();
    each_row([&]<std::size_t R>(index<R>) {
      const auto a = list(std::get<offset<R>()>(out)), b = list(std::get<R>(values));
      for (std::size_t i = 0; i < a.size(); ++i)
        if (!(a[i] == b[i] && std::signbit(a[i]) == std::signbit(b[i])) && !(std::isnan(a[i]) && std::isnan(b[i])))
          found.add(row<R>.name, ": value [", i, "] is ", b[i], ", beside its derivatives ", a[i]);
    });
    return found;
  }

 private:
  template <std::size_t R> using index = std::integral_constant<std::size_t, R>;
  template <std::size_t R> using row_type = std::remove_cvref_t<decltype(row_at<First + R>(Rows))>;  // by name, for clang
  template <std::size_t R> static constexpr const row_type<R>& row = row_at<First + R>(Rows);
  template <std::size_t R> static constexpr std::size_t operands = row_type<R>::count;
  template <std::size_t R, std::size_t K> static constexpr bool whole_number = row<R>.operands[K].whole;

  template <class F> static void each_row(F visit) {
    [&]<std::size_t... R>(std::index_sequence<R...>) { (visit(index<R>{}), ...); }(std::make_index_sequence<Count>{});
  }

  template <char Letter, std::size_t R, std::size_t K, class E, tl::shape S> static constexpr auto leaf() {
    return []<std::size_t... Axis>(std::index_sequence<Axis...>) {
      constexpr char name[]{Letter, static_cast<char>('A' + R), static_cast<char>('a' + K), '\0'};
      return tl::variable<tl::fixed_string(name), E, S[Axis].constant...>{};
    }(std::make_index_sequence<static_cast<std::size_t>(S.rank)>{});
  }
  template <std::size_t R, std::size_t K> static constexpr auto x = leaf<'x', R, K, std::conditional_t<whole_number<R, K>, std::int32_t, T>, compiled_shape(row<R>.operands[K].shape)>();
  template <std::size_t R, std::size_t K> static constexpr auto v = leaf<'v', R, K, T, compiled_shape(row<R>.operands[K].shape)>();

  template <std::size_t R> static constexpr auto y = []<std::size_t... K>(std::index_sequence<K...>) { return row<R>.f(x<R, K>...); }(std::make_index_sequence<operands<R>>{});
  template <std::size_t R> static constexpr auto u = leaf<'u', R, 0, T, y<R>.shape>();

  /// By which operands there are derivatives: all before the first of whole numbers.
  template <std::size_t R> static constexpr std::size_t differentiated = [] {
    std::size_t n = 0;
    while (n < operands<R> && !row<R>.operands[n].whole) ++n;
    return n;
  }();
  template <std::size_t R> static constexpr auto by = std::make_index_sequence<differentiated<R>>{};

  /// <v, derivatives> of an order; of order 0: <u, y>.
  template <std::size_t R, int Order> static constexpr auto total() {
    if constexpr (Order == 0) return tl::sum(u<R> * y<R>);
    else return []<std::size_t... K>(std::index_sequence<K...>) { return (tl::sum(v<R, K> * tl::derivative(total<R, Order - 1>(), x<R, K>)) + ...); }(by<R>);
  }
  template <std::size_t R> static constexpr auto fetches() {
    return []<std::size_t... K>(std::index_sequence<K...>) {
      const auto of_order = []<int Order>(std::integral_constant<int, Order>) {
        if constexpr (Order < Orders) return list_of(tl::derivative(total<R, Order>(), x<R, K>)...);
        else return expressions<>{};
      };
      const auto moved = [] {
        if constexpr (Forward) return list_of((tl::jvp(y<R>, x<R, K>, v<R, K>) + ...));
        else return expressions<>{};
      }();
      return list_of(y<R>) + moved + of_order(std::integral_constant<int, 0>{}) + of_order(std::integral_constant<int, 1>{}) + of_order(std::integral_constant<int, 2>{});
    }(by<R>);
  }
  /// Where a row's results begin among all.
  template <std::size_t R> static constexpr std::size_t offset() {
    if constexpr (R == 0) return 0;
    else return offset<R - 1>() + 1 + Forward + Orders * differentiated<R - 1>;
  }
  template <class> struct sessions;
  template <std::size_t... R> struct sessions<std::index_sequence<R...>> {
    using whole = typename decltype((fetches<R>() + ...))::template session<Policy>;
    using values = tl::session_type<Policy, std::remove_const_t<decltype(y<R>)>...>;
  };
  using of_rows = sessions<std::make_index_sequence<Count>>;

  template <std::size_t R, class Session> static void poison(Session& s) {
    [&]<std::size_t... K>(std::index_sequence<K...>) { (std::ranges::fill(s[x<R, K>], std::numeric_limits<T>::quiet_NaN()), ...); }(by<R>);
  }
  template <class To> static void set(To to, const std::vector<double>& from) {
    auto next = from.begin();
    for (auto& e : to) e = static_cast<std::remove_reference_t<decltype(e)>>(*next++);
  }
  /// Where derivatives are 0, the session has no such variable.
  template <const auto& Leaf> void set_if_used(const std::vector<double>& from) {
    if constexpr (tl::detail::find_leaf(of_rows::whole::program::graph, Leaf.name) >= 0) set(whole_[Leaf], from);
  }
  template <std::size_t R, class Session, class Points> static void fill(Session& s, const Points& p) {
    [&]<std::size_t... K>(std::index_sequence<K...>) { (set(s[x<R, K>], p.x[K]), ...); }(std::make_index_sequence<operands<R>>{});
  }
  template <class E> static std::vector<double> list(const E& e) {
    if constexpr (tl::element<E>) return {static_cast<double>(e)};
    else if constexpr (!requires { e.begin(); }) return {static_cast<double>(e.to_host())};  // on a device, until it is asked for
    else return {e.begin(), e.end()};
  }
  template <std::size_t R, class Out> static results collect(const Out& out) {
    constexpr auto n = differentiated<R>;
    results r;
    r.value = list(std::get<offset<R>()>(out));
    if constexpr (Forward) r.moved = list(std::get<offset<R>() + 1>(out));
    [&]<std::size_t... K>(std::index_sequence<K...>) { (r.derivatives[K / n].push_back(list(std::get<offset<R>() + 1 + Forward + K>(out))), ...); }(std::make_index_sequence<Orders * n>{});
    return r;
  }

  typename of_rows::whole whole_;
  std::conditional_t<Alone, typename of_rows::values, int> values_{};
};

namespace detail {

/// Gives each row its edges, as many as a vector holds, the first again behind the last; in each turn the next edges of each
/// row, and all at other places.
template <class Programs, class T> void compiled_edges(faults& found, Programs& programs, const std::vector<any_row>& rows, const std::vector<edge>& list, std::string_view backend, long& comparisons) {
  constexpr std::size_t n = 19, shift = 5;
  for (std::size_t turn = 0; turn < 4; ++turn) {
    std::vector<const edge*> chosen;
    std::vector<drawn_points> points;
    for (const auto& row : rows) {
      std::vector<const edge*> mine;
      for (const auto& e : list)
        if (e.row == row.name && (sizeof(T) == 8 || e.in_float)) mine.push_back(&e);
      chosen.push_back(mine.empty() ? nullptr : mine[turn % mine.size()]);
      drawn_points p;
      p.u.assign(n, 1);
      for (std::size_t k = 0; k < row.operands.size(); ++k) {
        p.v.emplace_back(n, 0.0), p.x.emplace_back(n, 0.5);
        if (chosen.back() != nullptr)
          for (std::size_t i = 0; i < n; ++i) p.x[k][(i + shift * turn) % n] = chosen.back()->x[k][i < chosen.back()->x[k].size() ? i : 0];
      }
      points.push_back(std::move(p));
    }
    const auto out = programs([&](std::size_t r) -> const drawn_points& { return points[r]; });
    const auto turned = [&](const std::vector<double>& x) {
      std::vector<double> y(n);
      for (std::size_t i = 0; i < n; ++i) y[i] = x[(i + shift * turn) % n];
      return y;
    };
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (chosen[r] == nullptr) continue;
      std::vector<std::vector<double>> dx;
      for (const auto& d : out[r].derivatives[0]) dx.push_back(turned(d)), comparisons += static_cast<long>(chosen[r]->y.size());
      compare_edge<T>(found, *chosen[r], backend, turned(out[r].value), dx);
    }
  }
}

template <const auto& Rows, std::size_t First, std::size_t Count, class T, class Policy, int Orders, bool Forward, bool Alone>
long check_compiled(faults& found, const std::vector<edge>& list, std::string_view backend) {
  using compiled = compiled_rows<Rows, First, Count, T, Policy, Orders, Forward, Alone>;
  compiled programs;
  const auto rows = compiled::rows();
  long comparisons = 0;
  std::deque<derivative_check> checks;
  for (const auto& r : rows) checks.emplace_back(r, 5, compiled::shapes(r));
  const auto out = programs([&](std::size_t r) -> const drawn_points& { return checks[r].points(); });
  if constexpr (Alone) found += programs.alone();
  for (std::size_t r = 0; r < Count; ++r) {
    if constexpr (sizeof(T) == 4) checks[r].compare_float(found, backend, 0, 0, out[r].value, comparisons);
    if constexpr (Forward) checks[r].compare_products(found, backend, out[r].moved, out[r].derivatives[0], comparisons);
    for (std::size_t order = 1; order <= static_cast<std::size_t>(Orders); ++order)
      for (std::size_t k = 0; k < out[r].derivatives[order - 1].size(); ++k) {
        if constexpr (sizeof(T) == 4) checks[r].compare_float(found, backend, order, k, out[r].derivatives[order - 1][k], comparisons);
        else checks[r].compare_double(found, backend, order, k, out[r].derivatives[order - 1][k], comparisons);
      }
  }
  if (!list.empty()) compiled_edges<compiled, T>(found, programs, rows, list, backend, comparisons);
  return comparisons;
}

}  // namespace detail

/// Holds compiled rows on both backends to what they are held to node by node: derivatives, edges, products with vectors; and
/// values to being the same bits with and without derivatives. Higher orders are checked node by node: a backend computes their
/// graphs of the same ops. The reference computes floats by the element functions and loops that are checked node by node.
template <const auto& Rows, std::size_t First, std::size_t Count, int Orders = 1> void check_compiled(long least, const std::vector<edge>& list = {}) {
  faults found;
  long comparisons = detail::check_compiled<Rows, First, Count, double, tl::simd, Orders, true, true>(found, list, "on simd");
  comparisons += detail::check_compiled<Rows, First, Count, float, tl::simd, 1, false, true>(found, list, "on simd");
  comparisons += detail::check_compiled<Rows, First, Count, double, tl::reference, 1, false, false>(found, list, "on the reference");
  expect(found);
  std::printf("compiled rows from %zu: %ld comparisons\n", First, comparisons);
  CHECK(comparisons >= least);
}

}  // namespace checks
