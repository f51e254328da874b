// Digits net 64 -> 128 relu -> 10, smoothed softmax cross-entropy, momentum, every fifth image held out, by hand in NumPy.
// Made by: python3 digits.py (Python 3.11.7, numpy 2.4.6); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::digits {

inline constexpr std::int64_t hidden = 128;
inline constexpr std::int64_t batch = 32;
inline constexpr std::int64_t epochs = 30;
inline constexpr double rate = 0.1;
inline constexpr double mu = 0.9;
inline constexpr double smoothing = 0.1;  // target = (1 - smoothing) one_hot + smoothing / 10
inline constexpr std::int64_t train_size = 1438;
inline constexpr std::int64_t held_out_size = 359;

// run s: W1 (64, 128) from generator seed 1000 s + 501, W2 (128, 10) from 1000 s + 502, scaled to Glorot's bounds
// sqrt(6 / (64 + 128)) and sqrt(6 / (128 + 10)), zero biases; epoch e = 0 … takes shuffled_order(1438, 1000 s + e)
// in batches of 32 and leaves the last 30 images out; v = mu v + g; w -= rate v

// shuffled_order(1438, 0), its beginning
inline constexpr std::int64_t first_order[] = {168, 136, 563, 1397, 1265, 380, 970, 1109, 315, 1182, 717, 1349};

// of run 0: each batch of epoch 0, in float64
inline constexpr double first_loss[] = {
    2.223835476040611, 2.3914716533031752, 2.274998921645584, 2.2044279273249683, 2.048229280812703,
    2.092654666116413, 2.004319358439254, 1.9342187313046406, 1.759491588913121, 1.6823250415610542,
    1.5450441643724946, 1.607342122928932, 1.487454400276317, 1.2929939078860302, 1.1191329434568489,
    1.1002155229057264, 1.086303210413207, 1.0150821148342555, 1.2336231647398488, 1.1738217073784236,
    0.9340367094157382, 1.0059552437293697, 0.9275662198434672, 1.0316667869422127, 0.7884546015399806,
    0.7676247546494757, 0.9540889123895693, 0.8568387695194403, 0.9995911837533034, 0.8292731159746619,
    0.9921422063015128, 0.8409533434238117, 0.8128610270290668, 0.9808394881025428, 1.1813977153187718,
    0.7071484632281557, 1.056829180380344, 1.03287823465942, 0.78697149072184, 0.9255403528508939,
    0.8214514170077416, 0.8495663123797004, 0.7339442404051185, 0.849113483888611};
inline constexpr double float_deviation = 1.8634731180355857e-07;  // largest relative distance of NumPy's float32 losses over that epoch

// of run 0: mean over each epoch, in float64
inline constexpr double epoch_loss[] = {
    1.248720889957008, 0.7342446709246807, 0.662502642115257, 0.6445760942648365, 0.6184739877158028,
    0.6034552713331462, 0.5896073539625084, 0.5834433461412178, 0.5760122241108258, 0.5710630804332982,
    0.5633855372378309, 0.5613691779519318, 0.556372556165803, 0.5541871641664589, 0.549510651863248,
    0.5483922861173178, 0.5465809892390779, 0.5467175684958584, 0.5437414553402617, 0.5411671915064848,
    0.5385247265027143, 0.5386460674033482, 0.5365418254234562, 0.5362793764529287, 0.5352722066664374,
    0.5343850346208199, 0.5327204124819512, 0.5337344905590666, 0.5323971315021727, 0.5298887309154477};

// held-out images recognised after the last epoch, of 359, runs 0 … 9 in float32
inline constexpr std::int64_t right[] = {354, 355, 355, 355, 354, 357, 354, 352, 355, 355};
inline constexpr double least_accuracy = 0.9805013927576601;
inline constexpr double mean_accuracy = 0.9877437325905293;

// a run after which every right implementation recognises the same images: roundings change neither the side of 0 that an
// input of a ReLU is on, nor which logit of a held-out image is the highest
inline constexpr std::int64_t sure_run = 1698;
inline constexpr std::int64_t sure_epochs = 4;
inline constexpr std::int64_t sure_right = 350;  // held-out images recognised, in float64
inline constexpr double sure_distance = 8.890911608635046e-06;  // of the ReLUs' inputs from 0, the least
inline constexpr double sure_deviation = 2.467492931090831e-06;  // of NumPy's float32 inputs, the most
inline constexpr double sure_lead = 0.021816128843045623;  // of a held-out image's highest logit over the next, the least

}  // namespace oracle::digits
