#pragma once
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/run/vmap.hpp>
#include <tapeless/transform/jacobian.hpp>
#include <tapeless/transform/sparsity.hpp>

namespace tapeless::inline TAPELESS_ABI {

namespace detail {

/// J v for many v at once: the first argument holds them, flat, along its first axis.
template <class Function> struct products_of {
  template <class... Args> constexpr ref operator()(ref directions, ref x, Args... rest) const {
    builder& b = *x.owner;
    const ref y = invoke_on_handles<Function>(b, x, rest...);
    const ref v = stand_in(b, x, "direction"), along = add_jvp(b, y, x, v);
    const dim count = directions.shape()[0];
    batching all(b, count, batching::draws::of_all);
    all.replace(v, reshape(directions, with_samples(count, x.shape())));
    return all(along);
  }
};

/// The pattern of a function's Jacobian by its first argument, for arguments of these types.
template <class Function, class... Args> struct sparse_pattern {
  using arguments = call_arguments<Function, asked::value, Args...>;
  using value = typename arguments::value;
  using x = typename arguments::template at<0>;
  using element = element_of<x::type>;

  static constexpr text check() {
    text m = arguments::template check<asked::value>();
    if (!m.empty()) return m;
    if constexpr (arguments::own::several) {
      m << "sparse_jacobian: the function must give one tensor, not several";
    } else {
      if (!is_floating(value::type) || !is_floating(x::type)) m << "sparse_jacobian: only floating tensors are differentiated, by floating tensors:";
      else if (!value::shape.is_static() || !x::shape.is_static()) m << "sparse_jacobian: extents must be known at compile time: pass arrays of fixed size, such as std::array:";
      if (!m.empty()) print_operand(m, {value::type, value::shape}), print_operand(m << " by", {x::type, x::shape});
    }
    return m;
  }

  template <std::size_t... I> static constexpr sparsity find(std::index_sequence<I...>) {
    builder b;
    const std::array<ref, sizeof...(Args)> leaves{arguments::template at<I>::trace(b)...};
    const ref y = call<Function>::invoke(b, leaves[I]...);
    return sparsity_of(b, y, leaves[0]);
  }
  static constexpr sparsity found() { return find(std::index_sequence_for<Args...>{}); }

  static constexpr std::size_t rows = static_cast<std::size_t>(element_count(value::shape)), columns = static_cast<std::size_t>(element_count(x::shape));
  static constexpr std::size_t nonzeros = found().columns.size();
  struct tables {
    std::array<int, rows + 1> row_starts{};
    std::array<int, nonzeros> column_indices{};
    std::array<int, columns> colours{};
    int products = 0;
  };
  static constexpr tables all = [] {
    const auto s = found();
    const auto colours = colour_columns(s, static_cast<int>(columns));
    tables t{};
    for (std::size_t i = 0; i <= rows; ++i) t.row_starts[i] = s.starts[i];
    for (std::size_t i = 0; i < nonzeros; ++i) t.column_indices[i] = s.columns[i];
    for (std::size_t i = 0; i < columns; ++i) t.colours[i] = colours[i], t.products = colours[i] >= t.products ? colours[i] + 1 : t.products;
    return t;
  }();
};

}  // namespace detail

/// A matrix whose places other than 0 are known at compile time, in compressed rows.
template <class Pattern> struct sparse_matrix {
  using element = typename Pattern::element;
  static constexpr std::size_t rows = Pattern::rows, columns = Pattern::columns, nonzeros = Pattern::nonzeros;
  static constexpr auto row_starts = Pattern::all.row_starts;          ///< rows + 1 of them
  static constexpr auto column_indices = Pattern::all.column_indices;  ///< rising in each row
  static constexpr int products = Pattern::all.products;               ///< how many products with vectors the values take

  std::array<element, nonzeros> values{};

  constexpr element operator()(std::size_t row, std::size_t column) const {
    for (int i = row_starts[row]; i < row_starts[row + 1]; ++i)
      if (column_indices[static_cast<std::size_t>(i)] == static_cast<int>(column)) return values[static_cast<std::size_t>(i)];
    return 0;
  }
};

/// A function's Jacobian by its first argument as a sparse matrix; made by sparse_jacobian.
template <class Function, class Backend> class sparse_jacobian_type {
 public:
  template <class... Args> using pattern = detail::sparse_pattern<Function, Args...>;

  template <class... Args> requires(detail::feedable<Args> && ...) auto operator()(const Args&... args) {
    using p = pattern<Args...>;
    if constexpr (verify<&p::check>()) {
      using element = typename p::element;
      constexpr auto products = static_cast<std::size_t>(p::all.products);
      sparse_matrix<p> result;
      if constexpr (products > 0) {
        struct seeds {
          element of[products][p::columns]{};
          seeds() {
            for (std::size_t c = 0; c < p::columns; ++c) of[static_cast<std::size_t>(p::all.colours[c])][c] = 1;
          }
        };
        static const seeds directions;
        const auto moved = products_(directions.of, args...);
        const element* const along = moved.data();
        for (std::size_t row = 0; row < p::rows; ++row)
          for (int i = p::all.row_starts[row]; i < p::all.row_starts[row + 1]; ++i) {
            const auto column = static_cast<std::size_t>(p::all.column_indices[static_cast<std::size_t>(i)]);
            result.values[static_cast<std::size_t>(i)] = along[static_cast<std::size_t>(p::all.colours[column]) * p::rows + row];
          }
      }
      return result;
    }
  }

 private:
  function_type<detail::products_of<Function>, detail::asked::value, Backend> products_;
};

/// The Jacobian of a function by its first argument as a sparse matrix. Which places can be other than 0 is found from the
/// graph, element by element, while compiling; columns that share no row are multiplied with together.
///   arguments   arrays of fixed size, such as std::array
///   result      a sparse_matrix: `row_starts` and `column_indices` are constants, `values` come of `products` products with
///               vectors, computed at once: three for a tridiagonal matrix, however large
///   cost        the search takes the compiler some hundred steps for each such place of each node on the way
template <class Backend = simd, class Function> constexpr auto sparse_jacobian(Function) {
  using traced = detail::tracing_t<Function>;
  if constexpr (verify_stateless<traced>()) return sparse_jacobian_type<traced, Backend>();
  else return detail::refused_function();
}

}  // namespace tapeless
