#pragma once

/// What a variable at namespace scope was set to, by calling count_start().
double started();
double count_start();
