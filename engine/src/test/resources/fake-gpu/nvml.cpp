// libnvidia-ml.so.1 and libnvtx3interop.so.1
#include <cstdio>
#include <cstring>

static int gpu;
extern "C" {
int nvmlInit_v2() { return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus, void** device) { *device = &gpu; return strcmp(bus, "0000:0A:00.0") ? 6 : 0; }
int nvmlDeviceGetUtilizationRates(void* d, unsigned* u) { u[0] = 42; u[1] = 7; return d == &gpu ? 0 : 2; }
int nvmlDeviceGetMemoryInfo(void* d, unsigned long long* m) { m[0] = 4000000000ull; m[1] = 3000000000ull; m[2] = 1000000000ull; return d == &gpu ? 0 : 2; }
int nvmlDeviceGetTemperature(void*, int sensor, unsigned* t) { *t = 55; return sensor == 0 ? 0 : 2; }
int nvmlDeviceGetPowerUsage(void*, unsigned* mw) { *mw = 123456; return 0; }
int nvmlDeviceGetClockInfo(void*, int type, unsigned* mhz) { *mhz = 1980; return type == 1 ? 3 : 2; }  // not supported

int nvtxRangePushA(const char* name) { printf("range begins: %s\n", name); fflush(stdout); return 0; }
int nvtxRangePop() { printf("range ends\n"); fflush(stdout); return 0; }
}
