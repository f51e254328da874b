"""What the rows of bench/run are held to: (row, rivals, the least ratio of the best rival's time to that of tapeless).

A fourth number is seconds that are added to the rival's time first: what a call may cost more."""

FRAMEWORKS = ["libtorch", "PyTorch", "PyTorch compiled", "JAX", "TensorFlow", "ONNX Runtime"]

SUITE = (r"(sum\+gradient (16|16384)|prod\+gradient 1024|log_sum_exp\+gradient (1024|16384)|matrix_product\+gradient (968|65522)|normal_log_pdf\+gradient (1024|16384)|"
         r"stochastic_volatility\+gradient (19|1027))")
DERIVATIVES = r"(sum|prod|log_sum_exp|matrix_product|normal_log_pdf|regression|stochastic_volatility|LLSQ|LSE|GMM|LSTM)\+gradient.*|HVP.*|Black-Scholes.*"

BARS = [
    (r"step 64x1000x100x1000", ["OpenBLAS"], 1.10),
    (r"step 64x1000x100x1000", FRAMEWORKS, 1.25),
    (r"step 64x1000x100x10", ["roofline"], 0.80),
    (r"step 64x1000x100x10", FRAMEWORKS, None),
    (r"mlp 8-8-1 tanh", ["hand"], 1 / 0.6),
    (r"mlp 64-64-64-8 relu", ["hand"], 1 / 0.7),
    (r"mlp .*", ["Eigen"], None),
    (r"mlp .*", FRAMEWORKS, 20),
    (r"train mlp, batch 1", FRAMEWORKS, 20),
    (r"train mlp, batch 32", FRAMEWORKS, 5),
    (r"(softmax|cross-entropy|layer-norm).*", FRAMEWORKS, 1.5),
    (r"(conv2d|lenet).*", FRAMEWORKS, 1.2),
    (r"chain.*", ["hand"], 0.97),
    (r"chain.*", ["Eigen", "xtensor"], None),
    (r"chain.*", FRAMEWORKS, None),
    (r"chain.* 2\^24", ["roofline"], 0.95),
    (r"sum\(x\*y\+z\).*", ["hand"], 0.97),
    (r"sum\(x\*y\+z\).*", FRAMEWORKS, 2),
    (r"(sum|mean|max|variance|arg_max) (axis|all).*", ["Eigen", "NumPy"], 1.0),
    (r"(exp|log|tanh|sigmoid|erf|sin) of 4096", ["xsimd", "libmvec", "Eigen"], 1.0),
    (r"matmul (\d+|1x\d+x\d+)( f64)?", ["Eigen"], 1.3),
    (r"matmul \d+( f64)?", ["OpenBLAS"], 0.97),
    (r"matmul (odd|tall) .*", ["OpenBLAS"], None),
    # derivatives: a bar of so many times the function alone, or a hand-written gradient, is its reciprocal here
    (SUITE, ["hand"], 1.0),
    (r"regression\+gradient .*", ["hand"], 1.3),
    (r"(sum|prod|log_sum_exp|normal_log_pdf)\+gradient (1|16)|matrix_product\+gradient 8", ["hand"], 1.0, 2e-9),
    (r"log_sum_exp\+gradient (1024|16384)", ["primal by hand"], 1 / 1.1),
    (r"log_sum_exp\+gradient (1024|16384)", ["primal"], 1 / 1.1),
    (r"LLSQ.*", ["primal"], 1 / 1.5),
    (r"LSE.*", ["primal by hand"], 1 / 1.1),
    (r"LSE.*", ["primal"], 1 / 1.1),
    (r"GMM.*", ["primal"], 1 / 1.9),
    (r"LSTM.*gradient.*", ["primal"], 1 / 2.0),
    (r"(LLSQ|LSE|GMM|LSTM).*gradient.*", ["hand"], None),
    (r"LSTM.*one sample", ["hand"], 1.2 * 0.069 / 0.103),  # 1.2 times RTNeural, which took 0.103 where a loop took 0.069
    (r"HVP.*", ["gradient"], 1 / 2.5),
    (r"Black-Scholes, value and gradient", ["gradient by hand"], 1 / 1.15),
    (r"Black-Scholes, Hessian", ["gradient by hand"], 1 / 1.6),
    (r"Black-Scholes, third order", ["gradient by hand"], 1 / 3),
    (r"Black-Scholes, .* of 2\^20", ["scalar loop"], 6),
    (DERIVATIVES, ["ADOL-C"], None),
    (DERIVATIVES, ["JAX"], None),
    (DERIVATIVES, ["PyTorch", "PyTorch compiled"], None),
    (r"gradient of .*", ["primal"], 1 / 3),
    # cards: "copy" moves as many bytes within the card, "read" only reads them, in turns with the row
    (r"gpu (chain\+gradient|sum\(a\*b\+c\)\+gradients) 2\^28", ["copy"], 0.92),
    (r"gpu chain 2\^28", ["copy"], 0.92),
    (r"gpu (chain|sum\(a\*b\+c\)).* 2\^2[48]", ["PyTorch compiled", "JAX"], 1.0),
    (r"gpu (chain|sum\(a\*b\+c\)).* 2\^(10|14|20)", ["PyTorch"], 3),
    (r"gpu (chain|sum\(a\*b\+c\)).* 2\^(10|14|20)", ["PyTorch compiled"], 1.2),
    (r"gpu chain 2\^.*", ["CuPy"], None),
    (r"gpu step .*", ["PyTorch compiled"], 2),
    (r"gpu step .*", ["PyTorch", "JAX"], None),
    (r"gpu mlp step .*", ["cuBLASLt alone"], 0.9),
    (r"gpu mlp step .*", ["PyTorch compiled"], 1.0),
    (r"gpu mlp step .*", ["PyTorch", "JAX"], None),
    (r"gpu (softmax|layer-norm|cross-entropy).*", ["copy"], 0.9),
    (r"gpu (softmax|layer-norm|cross-entropy).*", ["PyTorch compiled"], 1.0),
    (r"gpu (softmax|layer-norm|cross-entropy).*", ["PyTorch", "JAX"], None),
    (r"gpu sum (axis|all).*", ["read"], 0.9),
    (r"gpu sum (axis|all).*", ["PyTorch", "PyTorch compiled", "JAX"], None),
    (r"gpu digits.*", ["PyTorch"], 10),
    (r"gpu digits.*", ["PyTorch compiled", "JAX"], None),
]

# Rows of which only the mean counts: (name, rows, rival, bar).
MEANS = [("gradients of ops, geometric mean", r"gradient of .*", "primal", 1 / 2),
         ("matmul, odd and tall-skinny, geometric mean", r"matmul (odd|tall) .*", "OpenBLAS", 1.0)]

# Rows that are large enough for several threads, and how much quicker they should get.
THREADED = r"step .*|train mlp, batch 32|.*4096x1024|chain.* 2\^2\d|sum\(x.*|matmul (512|1024|2048)|conv2d.*|lenet.*"
SPEEDUPS = [(r"step 64x1000x100x1000", 1.7)]
