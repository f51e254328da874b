// prediction = softmax(x W + b), loss = mean(-sum(label * log(prediction), axis 1)), gradient descent 0.5, by hand in NumPy.
// Made by: python3 softmax_classifier.py (Python 3.11.7, numpy 2.4.6, jax 0.10.2, mpmath 1.4.1); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::softmax_classifier {

inline constexpr std::int64_t batch = 100;
inline constexpr std::int64_t inputs = 784;
inline constexpr std::int64_t classes = 10;
inline constexpr std::int64_t steps = 50;
inline constexpr double rate = 0.5;
inline constexpr std::int64_t seed_x = 41;  // x = max(u - 0.5, 0)
inline constexpr std::int64_t seed_label = 42;  // one-hot rows of integers below 10
inline constexpr std::int64_t seed_w = 43;  // scaled by w_scale
inline constexpr double w_scale = 0.125;

// before each step, in float64
inline constexpr double loss[] = {
    2.3570441318168696, 2.279577614975638, 2.209865421982917, 2.1454147416202947, 2.0846292562845936,
    2.0265131746444025, 1.9704583978690062, 1.916099054982027, 1.8632170065949953, 1.8116828031514158,
    1.7614197287093794, 1.7123822044390393, 1.6645428724508426, 1.6178848484544144, 1.5723970384097057,
    1.5280712781705297, 1.4849005688015748, 1.44287798052543, 1.4019959726023716, 1.362245977729414,
    1.3236181587236981, 1.2861012801633753, 1.249682658506751, 1.2143481668447884, 1.180082278228716,
    1.1468681364062592, 1.1146876459416482, 1.0835215757645071, 1.0533496715979325, 1.0241507737032525,
    0.9959029370994307, 0.9685835519623089, 0.942169462341169, 0.9166370816837704, 0.8919625039589251,
    0.8681216094219824, 0.8450901642922252, 0.8228439138076034, 0.8013586682949791, 0.78061038204533,
    0.7605752249148398, 0.7412296466856602, 0.7225504343155734, 0.7045147622848958, 0.6871002363129199,
    0.670284930766232, 0.654047420118658, 0.6383668048487088, 0.6232227321765362, 0.6085954120499699};
inline constexpr double float_deviation = 1.989670803670407e-07;  // largest relative distance of NumPy's float32 curve
inline constexpr double float_weight_deviation = 1.0695902313839767e-07;  // largest absolute distance of a weight in float32
inline constexpr double last_accuracy = 1.0;  // on the batch itself
inline constexpr sample first_prediction[] = {
    {0, 0.11415634929272137}, {142, 0.06691707276482187}, {285, 0.08760567548142875}, {428, 0.07157845683981846},
    {570, 0.09160913894346326}, {713, 0.1121892330095935}, {856, 0.1270099886178196}, {999, 0.0819369363934685}};
inline constexpr double first_prediction_sum = 100.0;
inline constexpr double first_prediction_abs_sum = 100.0;
inline constexpr double first_prediction_square_sum = 10.651145125146035;

// (prediction - label) / batch
inline constexpr sample first_grad_logits[] = {
    {0, 0.0011415634929272138}, {142, 0.0006691707276482187}, {285, 0.0008760567548142875},
    {428, 0.0007157845683981847}, {570, 0.0009160913894346326}, {713, 0.0011218923300959352},
    {856, 0.001270099886178196}, {999, 0.0008193693639346849}};
inline constexpr double first_grad_logits_sum = -1.474514954580286e-17;
inline constexpr double first_grad_logits_abs_sum = 1.80487426310081;
inline constexpr double first_grad_logits_square_sum = 0.009113857143522702;
inline constexpr sample first_grad_w[] = {
    {0, -0.0034065674154530644}, {1119, 0.0020259592523582727}, {2239, 0.0015744166098365813},
    {3359, 0.002205962474655248}, {4479, -0.0007673408028862974}, {5599, 0.004038662753026689},
    {6719, 0.00021888145268406364}, {7839, 0.004362873173971239}};
inline constexpr double first_grad_w_sum = -6.990935608186533e-16;
inline constexpr double first_grad_w_abs_sum = 27.482690953642905;
inline constexpr double first_grad_w_square_sum = 0.15005234732055778;
inline constexpr double first_grad_b[] = {
    -0.05427554416620227, 0.016682193881441307, -0.021407223556971194, 0.014732171362190506, -0.037954992232464464,
    0.033955311186039616, 0.011746118210951267, -0.01970082796275929, 0.05015414912918727, 0.006068644148587182};
inline constexpr sample last_w[] = {
    {0, 0.11205714338939952}, {1119, -0.13561557093360374}, {2239, 0.015391253994612868},
    {3359, -0.07017294149325647}, {4479, -0.012685103881741619}, {5599, -0.013521493301512545},
    {6719, -0.04504995266678939}, {7839, 0.016318630898286286}};
inline constexpr double last_w_sum = 1.7896073873724423;
inline constexpr double last_w_abs_sum = 637.4557562787113;
inline constexpr double last_w_square_sum = 79.12134016023944;
inline constexpr double last_b[] = {
    0.12564202841910077, -0.03873997202126066, 0.04968334827603795, -0.018600607569925168, 0.06795210819985721,
    -0.04745478547869228, -0.06459588487360075, 0.0596080525933628, -0.14318265248485562, 0.009688364939975802};

namespace huge_logits {  // cross-entropy from logits, 4 rows of 3, with 50 digits by mpmath

inline constexpr double logits[] = {
    1000.0, -1000.0, 0.0, -1000.0, 1000.0, 1000.0, 1000.0, 999.0, -1000.0, -1000.0, -1000.0, -1000.0};
inline constexpr std::int64_t labels[] = {1, 2, 0, 1};

// of each row
inline constexpr double loss[] = {2000.0, 0.6931471805599453, 0.3132616875182228, 1.0986122886681098};
inline constexpr double mean_loss = 500.52625528918657;

// of the sum of the rows' losses
inline constexpr double grad_logits[] = {
    1.0, -1.0, 0.0, 0.0, 0.5, -0.5, -0.2689414213699951, 0.2689414213699951, 0.0, 0.3333333333333333,
    -0.6666666666666667, 0.3333333333333333};

}  // namespace huge_logits

}  // namespace oracle::softmax_classifier
