/* Which library this is. */
#ifndef FACEKIT_VERSION_HPP
#define FACEKIT_VERSION_HPP

#include "handle.hpp"

#include <cstdint>
#include <string_view>

namespace facekit {
inline namespace FACEKIT_ABI {

/** The version of the library; FACEKIT_VERSION is that of the header. */
inline std::string_view version() noexcept { return detail::text(facekit_version()); }

/** What was built, for what, and by what; it lives as long as the program. */
inline const facekit_build &build_info() noexcept { return *facekit_build_info(); }

/** The version of the library as a number that grows; FACEKIT_VERSION_NUMBER is that of the header. */
inline std::uint32_t version_number() noexcept { return facekit_version_number(); }

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_VERSION_HPP */
