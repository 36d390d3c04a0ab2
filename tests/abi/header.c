/* Nothing but the header, for every standard of C and of C++. */
#include "facekit.h"

int main(void) {
    return 0;
}
