// libtorch, the C++ library of PyTorch: operations that write to memory allocated beforehand where there are such, else the
// usual ones; derivatives by autograd, or written by hand where that is quicker.
#include <torch/torch.h>

#include "support.hpp"

namespace {

using torch::Tensor;
using bench::row;
using bench::side;

Tensor uniform(at::IntArrayRef shape) { return torch::rand(shape) * 2 - 1; }

/// The step of a two-layer net; forward and backward by hand.
void step(row& row, std::int64_t out) {
  const torch::NoGradGuard guard;
  const Tensor x = uniform({64, 1000}), y = uniform({64, out});
  Tensor w1 = uniform({1000, 100}) * 0.07, w2 = uniform({100, out}) * 0.07;
  Tensor h = torch::empty({64, 100}), d = torch::empty({64, out}), dh = torch::empty({64, 100});
  const auto by_hand = [&] {
    torch::mm_out(h, x, w1);
    h.clamp_min_(0);
    torch::mm_out(d, h, w2);
    d.sub_(y);
    const float loss = torch::dot(d.view(-1), d.view(-1)).item<float>();
    torch::mm_out(dh, d, w2.t());
    dh = torch::threshold_backward(dh, h, 0);
    w2.addmm_(h.t(), d, 1, -2e-6);
    w1.addmm_(x.t(), dh, 1, -2e-6);
    bench::consume(&loss);
  };
  row.measure({}, side{"libtorch", by_hand});
}

/// A net of dense layers.
struct net {
  std::vector<Tensor> parameters;

  explicit net(const std::vector<std::int64_t>& widths, bool trained = false) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      parameters.push_back((uniform({widths[i], widths[i + 1]}) * 0.1).requires_grad_(trained));
      parameters.push_back(torch::zeros({widths[i + 1]}).requires_grad_(trained));
    }
  }
  template <class Activation> Tensor operator()(Tensor x, Activation activation) const {
    for (std::size_t i = 0; i < parameters.size(); i += 2) {
      x = torch::addmm(parameters[i + 1], x, parameters[i]);
      if (i + 2 < parameters.size()) activation(x);
    }
    return x;
  }
};

void tanh_net(row& row) {
  const c10::InferenceMode guard;
  const net f({8, 8, 1});
  const Tensor x = uniform({1, 8});
  row.measure({}, side{"libtorch", [&] { bench::consume(f(x, [](Tensor& h) { h.tanh_(); }).data_ptr()); }});
}
void relu_net(row& row) {
  const c10::InferenceMode guard;
  const net f({64, 64, 64, 8});
  const Tensor x = uniform({1, 64});
  row.measure({}, side{"libtorch", [&] { bench::consume(f(x, [](Tensor& h) { h.relu_(); }).data_ptr()); }});
}

void train(row& row, std::int64_t batch) {
  const net f({64, 64, 64, 8}, true);
  torch::optim::Adam adam(f.parameters, 1e-3);
  const Tensor x = uniform({batch, 64}), y = uniform({batch, 8});
  row.measure({}, side{"libtorch", [&] {
                adam.zero_grad();
                const Tensor loss = torch::mse_loss(f(x, [](Tensor& h) { h = torch::relu(h); }), y);
                loss.backward();
                adam.step();
                bench::consume(loss.data_ptr());
              }});
}

void softmax(row& row, std::int64_t rows, std::int64_t columns) {
  const torch::NoGradGuard guard;
  const Tensor x = uniform({rows, columns});
  Tensor y = torch::empty_like(x);
  row.measure({}, side{"libtorch", [&] { at::_softmax_out(y, x, 1, false), bench::consume(y.data_ptr()); }});
}

void cross_entropy(row& row, std::int64_t rows, std::int64_t columns) {
  const torch::NoGradGuard guard;
  const Tensor x = uniform({rows, columns}), labels = torch::randint(columns, {rows}, torch::kLong);
  const Tensor one = torch::ones({}), none;
  row.measure({}, side{"libtorch", [&] {
                const Tensor p = torch::log_softmax(x, 1);
                const auto [loss, weight] = torch::nll_loss_forward(p, labels, none, at::Reduction::Mean, -100);
                const Tensor dp = torch::nll_loss_backward(one, p, labels, none, at::Reduction::Mean, -100, weight);
                bench::consume(at::_log_softmax_backward_data(dp, p, 1, torch::kFloat).data_ptr()), bench::consume(loss.data_ptr());
              }});
}

void layer_norm(row& row, std::int64_t rows, std::int64_t columns) {
  const torch::NoGradGuard guard;
  const Tensor x = uniform({rows, columns}), dy = uniform({rows, columns}), gain = uniform({columns}), bias = uniform({columns});
  row.measure({}, side{"libtorch", [&] {
                const auto [y, mean, deviation] = torch::native_layer_norm(x, {columns}, gain, bias, 1e-5);
                const auto [dx, dg, db] = torch::native_layer_norm_backward(dy, x, {columns}, mean, deviation, gain, bias, {true, true, true});
                bench::consume(y.data_ptr()), bench::consume(dx.data_ptr()), bench::consume(dg.data_ptr()), bench::consume(db.data_ptr());
              }});
}

/// 64 channels under 64 kernels of 3x3; with images stored by places where that is quicker.
void convolution(row& row, bool with_gradients) {
  const torch::NoGradGuard guard;
  const auto measured = [&](at::MemoryFormat format) {
    const Tensor x = uniform({1, 64, 28, 28}).contiguous(format), w = uniform({64, 64, 3, 3}).contiguous(format), dy = uniform({1, 64, 28, 28}).contiguous(format);
    return [=] {
      bench::consume(torch::conv2d(x, w, {}, 1, 1).data_ptr());
      if (!with_gradients) return;
      const auto [dx, dw, db] = torch::convolution_backward(dy, x, w, at::nullopt, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, {true, true, false});
      bench::consume(dx.data_ptr()), bench::consume(dw.data_ptr());
    };
  };
  row.measure({}, side{"libtorch", measured(at::MemoryFormat::Contiguous)}, side{"libtorch", measured(at::MemoryFormat::ChannelsLast)});
}

struct lenet {
  std::vector<Tensor> parameters;

  explicit lenet(bool trained) {
    const std::vector<std::vector<std::int64_t>> shapes{{6, 1, 5, 5}, {16, 6, 5, 5}, {120, 400}, {84, 120}, {10, 84}};
    for (const auto& s : shapes) {
      parameters.push_back((uniform(s) * 0.1).requires_grad_(trained));
      parameters.push_back(torch::zeros({s[0]}).requires_grad_(trained));
    }
  }
  Tensor operator()(Tensor x) const {
    const auto& p = parameters;
    x = torch::max_pool2d(torch::relu(torch::conv2d(x, p[0], p[1], 1, 2)), 2);
    x = torch::max_pool2d(torch::relu(torch::conv2d(x, p[2], p[3])), 2).flatten(1);
    return torch::linear(torch::relu(torch::linear(torch::relu(torch::linear(x, p[4], p[5])), p[6], p[7])), p[8], p[9]);
  }
};
void infer_lenet(row& row, std::int64_t batch) {
  const c10::InferenceMode guard;
  const lenet f(false);
  const Tensor x = uniform({batch, 1, 28, 28});
  row.measure({}, side{"libtorch", [&] { bench::consume(f(x).data_ptr()); }});
}
void train_lenet(row& row, std::int64_t batch) {
  const lenet f(true);
  torch::optim::SGD descent(f.parameters, 0.01);
  const Tensor x = uniform({batch, 1, 28, 28}), labels = torch::randint(10, {batch}, torch::kLong);
  row.measure({}, side{"libtorch", [&] {
                descent.zero_grad();
                const Tensor loss = torch::nll_loss(torch::log_softmax(f(x), 1), labels);
                loss.backward();
                descent.step();
                bench::consume(loss.data_ptr());
              }});
}

void chain(row& row, std::int64_t n) {
  const torch::NoGradGuard guard;
  const Tensor a = uniform({n}), b = uniform({n}), c = uniform({n}), d = uniform({n});
  Tensor y = torch::empty({n});
  row.measure({}, side{"libtorch", [&] {
                torch::addcmul_out(y, c, a, b);
                y.relu_().mul_(d).sub_(a);
                bench::consume(y.data_ptr());
              }});
}

void chain_gradient(row& row, std::int64_t n) {
  std::vector<Tensor> x;
  for (int i = 0; i < 4; ++i) x.push_back(uniform({n}).requires_grad_());
  row.measure({}, side{"libtorch", [&] {
                const Tensor f = (torch::relu(torch::addcmul(x[2], x[0], x[1])) * x[3] - x[0]).sum();
                const auto g = torch::autograd::grad({f}, x);
                bench::consume(f.data_ptr()), bench::consume(g[0].data_ptr());
              }});
}

void products(row& row) {
  std::vector<Tensor> x;
  for (int i = 0; i < 3; ++i) x.push_back(uniform({3000, 4000}).requires_grad_());
  row.measure({}, side{"libtorch", [&] {
                const Tensor f = torch::addcmul(x[2], x[0], x[1]).sum();
                const auto g = torch::autograd::grad({f}, x);
                bench::consume(f.data_ptr()), bench::consume(g[0].data_ptr());
              }});
}

}  // namespace

int main(int argc, char** argv) {
  const char* const threads = std::getenv("OMP_NUM_THREADS");
  torch::set_num_threads(threads != nullptr ? std::atoi(threads) : 1);
  bench::rows rows{{"step 64x1000x100x1000", [](row& r) { step(r, 1000); }},
                   {"step 64x1000x100x10", [](row& r) { step(r, 10); }},
                   {"mlp 8-8-1 tanh", tanh_net},
                   {"mlp 64-64-64-8 relu", relu_net},
                   {"train mlp, batch 1", [](row& r) { train(r, 1); }},
                   {"train mlp, batch 32", [](row& r) { train(r, 32); }},
                   {"conv2d 1x64x28x28", [](row& r) { convolution(r, false); }},
                   {"conv2d+gradients 1x64x28x28", [](row& r) { convolution(r, true); }},
                   {"lenet, batch 1", [](row& r) { infer_lenet(r, 1); }},
                   {"lenet, batch 64", [](row& r) { infer_lenet(r, 64); }},
                   {"lenet step, batch 1", [](row& r) { train_lenet(r, 1); }},
                   {"lenet step, batch 64", [](row& r) { train_lenet(r, 64); }},
                   {"sum(x*y+z)+gradients 3000x4000", products}};
  for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{64, 1000}, {4096, 1024}}) {
    const std::string shape = std::to_string(m) + "x" + std::to_string(n);
    rows.emplace_back("softmax " + shape, [m = m, n = n](row& r) { softmax(r, m, n); });
    rows.emplace_back("cross-entropy+gradient " + shape, [m = m, n = n](row& r) { cross_entropy(r, m, n); });
    rows.emplace_back("layer-norm+gradient " + shape, [m = m, n = n](row& r) { layer_norm(r, m, n); });
  }
  for (int e = 8; e <= 24; e += 2) {
    rows.emplace_back("chain 2^" + std::to_string(e), [e](row& r) { chain(r, std::int64_t(1) << e); });
    rows.emplace_back("chain+gradient 2^" + std::to_string(e), [e](row& r) { chain_gradient(r, std::int64_t(1) << e); });
  }
  return bench::serve(argc, argv, rows);
}
