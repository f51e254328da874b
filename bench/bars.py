"""What the rows of bench/run are held to: (row, rivals, the least ratio of the best rival's time to that of tapeless)."""

FRAMEWORKS = ["libtorch", "PyTorch", "PyTorch compiled", "JAX", "TensorFlow", "ONNX Runtime"]

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
    (r"Black-Scholes.*", ["hand"], 1 / 1.5),
]

# Rows of which only the mean counts: (name, rows, rival, bar).
MEANS = [("matmul, odd and tall-skinny, geometric mean", r"matmul (odd|tall) .*", "OpenBLAS", 1.0)]

# Rows that are large enough for several threads, and how much quicker they should get.
THREADED = r"step .*|train mlp, batch 32|.*4096x1024|chain.* 2\^2\d|sum\(x.*|matmul (512|1024|2048)|conv2d.*|lenet.*"
SPEEDUPS = [(r"step 64x1000x100x1000", 1.7)]
