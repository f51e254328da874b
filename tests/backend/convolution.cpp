#include <doctest/doctest.h>
#include <tapeless/backend/simd/windowed.hpp>

#include <cmath>
#include <random>
#include <vector>

namespace tl = tapeless;

namespace {

/// An axis of a drawn convolution: its window moves inside it at least once.
struct drawn_axis {
  tl::window_axis moves;
  std::int64_t extent, window;
};

class convolution {
 public:
  std::int64_t images, groups, channels, kernels;
  drawn_axis down, across;

  /// `lanes`: as many kernels as fill one or two registers of so many.
  convolution(std::mt19937& random, bool small_kernels, std::int64_t lanes) {
    const auto draw = [&](int from, int to) { return std::int64_t{std::uniform_int_distribution<int>(from, to)(random)}; };
    images = draw(1, 3), groups = draw(0, 2) == 0 ? draw(2, 3) : 1;
    channels = small_kernels ? draw(16, 18) : draw(1, 6), kernels = small_kernels ? draw(16, 19) : lanes > 0 ? lanes * draw(1, 2) : draw(1, 21);
    for (auto* axis : {&down, &across}) do {
        axis->moves = draw(0, 1) == 0 || small_kernels ? tl::window_axis{1, draw(0, 3), draw(0, 3), 1} : tl::window_axis{draw(1, 3), draw(0, 3), draw(0, 3), draw(1, 3)};
        axis->extent = small_kernels ? draw(3, 24) : draw(1, 40), axis->window = small_kernels ? 3 : draw(1, 5);
      } while (positions(*axis) < 1);
  }

  static std::int64_t positions(const drawn_axis& a) { return a.moves.positions(a.extent, a.window); }
  tl::attributes attributes() const { return {.a = down.moves.packed(), .b = across.moves.packed(), .c = groups}; }
  std::array<std::int64_t, 4> of_x() const { return {images, groups * channels, down.extent, across.extent}; }
  std::array<std::int64_t, 4> of_w() const { return {groups * kernels, channels, down.window, across.window}; }
  std::array<std::int64_t, 4> of_y() const { return {images, groups * kernels, positions(down), positions(across)}; }
};

/// Four axes in row-major order, or in the opposite order in memory.
template <class T> struct tensor {
  std::vector<T> elements;
  tl::tensor_view<T> view;

  tensor(std::array<std::int64_t, 4> e, bool turned, unsigned seed) {
    view.rank = 4;
    std::int64_t size = 1;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto axis = turned ? i : 3 - i;
      view.extents[axis] = e[axis], view.strides[axis] = size;
      size *= e[axis];
    }
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    elements.resize(static_cast<std::size_t>(size));
    for (auto& x : elements) x = static_cast<T>(uniform(random));
    view.data = elements.data();
  }
  tensor(const tensor&) = delete;
  tensor& operator=(const tensor&) = delete;
  tl::tensor_view<const T> read() const { return {view.data, view.rank, view.extents, view.strides}; }
  std::size_t place(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) const {
    return static_cast<std::size_t>(i * view.strides[0] + j * view.strides[1] + k * view.strides[2] + l * view.strides[3]);
  }
};

/// The sum that a convolution is, left out of it one of the tensors, in long double.
template <class T> void add_products(const convolution& s, const tensor<T>& x, const tensor<T>& w, const tensor<T>& y, std::vector<long double>& of_x, std::vector<long double>& of_w, std::vector<long double>& of_y) {
  of_x.assign(x.elements.size(), 0), of_w.assign(w.elements.size(), 0), of_y.assign(y.elements.size(), 0);
  const auto [n_end, o_end, i_end, j_end] = s.of_y();
  for (std::int64_t n = 0; n < n_end; ++n)
    for (std::int64_t o = 0; o < o_end; ++o)
      for (std::int64_t c = 0; c < s.channels; ++c)
        for (std::int64_t k = 0; k < s.down.window; ++k)
          for (std::int64_t l = 0; l < s.across.window; ++l)
            for (std::int64_t i = 0; i < i_end; ++i)
              for (std::int64_t j = 0; j < j_end; ++j) {
                const auto row = i * s.down.moves.stride + k * s.down.moves.dilation - s.down.moves.before, column = j * s.across.moves.stride + l * s.across.moves.dilation - s.across.moves.before;
                if (row < 0 || row >= s.down.extent || column < 0 || column >= s.across.extent) continue;
                const auto px = x.place(n, o / s.kernels * s.channels + c, row, column), pw = w.place(o, c, k, l), py = y.place(n, o, i, j);
                const long double ex = x.elements[px], ew = w.elements[pw], ey = y.elements[py];
                of_x[px] += ew * ey, of_w[pw] += ex * ey, of_y[py] += ex * ew;
              }
}

template <class T> double distance(const tensor<T>& got, const std::vector<long double>& expected) {
  double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (const auto d = static_cast<double>(std::abs(got.elements[i] - expected[i])); !(d <= most)) most = d;
  return most;
}

/// All three kernels on drawn extents; the workspace is full of NaN, and the results begin as numbers.
template <class T> void check_kernels(bool small_kernels, int count, std::int64_t lanes = 0) {
  std::mt19937 random(7);
  const double tolerance = sizeof(T) == 4 ? 3e-4 : 1e-12;
  for (int i = 0; i < count; ++i) {
    const convolution s(random, small_kernels, lanes);
    const bool turned = i % 4 == 0;
    const tensor<T> x(s.of_x(), turned, 1), w(s.of_w(), turned, 2), y(s.of_y(), turned, 3);
    const tensor<T> new_x(s.of_x(), turned, 4), new_w(s.of_w(), turned, 5), new_y(s.of_y(), turned, 6);
    std::vector<long double> of_x, of_w, of_y;
    add_products(s, x, w, y, of_x, of_w, of_y);

    const tl::wide::convolution_extents e(s.attributes(), x.view.extents, w.view.extents, y.view.extents);
    const auto bytes = static_cast<std::size_t>(tl::wide::convolution_workspace<T>(e));
    std::vector<T> memory(bytes / sizeof(T) + 64);
    const auto run = [&](auto op, const tensor<T>& out, const tensor<T>& a, const tensor<T>& b) {
      std::fill(memory.begin(), memory.end(), std::numeric_limits<T>::quiet_NaN());
      void* workspace = memory.data();
      std::size_t space = bytes + 64;
      std::align(64, bytes, workspace, space);
      tl::wide::convolution_kernel<decltype(op)>::run(s.attributes(), workspace, out.view, a.read(), b.read());
      const auto whole = out.elements;
      for (const std::int64_t shares : {2, 5}) {  // of which some are empty
        std::fill_n(out.view.data, whole.size(), std::numeric_limits<T>::quiet_NaN());
        for (std::int64_t share = shares; share-- > 0;) {
          std::fill(memory.begin(), memory.end(), std::numeric_limits<T>::quiet_NaN());
          tl::wide::convolution_kernel<decltype(op)>::run(s.attributes(), workspace, out.view, a.read(), b.read(), tl::wide::gemm_share{share, shares});
        }
        CHECK(out.elements == whole);
      }
    };
    run(tl::conv2d_op{}, new_y, x, w);
    run(tl::conv2d_by_images_op{}, new_x, y, w);
    run(tl::conv2d_by_kernels_op{}, new_w, x, y);
    CAPTURE(i);
    CHECK(distance(new_y, of_y) <= tolerance);
    CHECK(distance(new_x, of_x) <= tolerance);
    CHECK(distance(new_w, of_w) <= tolerance);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("convolutions of drawn extents, strides, paddings, dilations and groups", T, float, double) { check_kernels<T>(false, 150); }
TEST_CASE_TEMPLATE("convolutions whose kernels fill registers", T, float, double) { check_kernels<T>(false, 80, tl::wide::vec<T>::size); }
TEST_CASE_TEMPLATE("convolutions with small kernels of many channels", T, float, double) { check_kernels<T>(true, 40); }

TEST_CASE("the quick form for small kernels is taken where it should be") {
  using form = tl::wide::detail::winograd<float>;
  CHECK(form::pays(64, 64, 28, 28));
  CHECK_FALSE(form::pays(3, 64, 28, 28));
  CHECK_FALSE(form::pays(64, 64, 3, 3));
}
