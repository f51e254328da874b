// A kernel that indexes an array of its own by a number known at run time only: the check for such memory must find it.
__global__ void keeps_an_array(float* p, int n) {
  float a[64];
  for (int i = 0; i < n; ++i) a[(i * n) & 63] = p[i];
  for (int i = 0; i < n; ++i) p[i] += a[(i + n) & 63];
}
