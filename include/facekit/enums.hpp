/* The words of enums, as JSON and the command line write them. */
#ifndef FACEKIT_ENUMS_HPP
#define FACEKIT_ENUMS_HPP

#include "list.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace facekit {
inline namespace FACEKIT_ABI {
namespace detail {

/** The number of an enum of C, by its type. */
template <typename Enum>
inline constexpr facekit_enum enum_kind = Enum::unknown;

template <>
inline constexpr facekit_enum enum_kind<facekit_status> = FACEKIT_ENUM_STATUS;
template <>
inline constexpr facekit_enum enum_kind<facekit_log_level> = FACEKIT_ENUM_LOG_LEVEL;
template <>
inline constexpr facekit_enum enum_kind<facekit_availability> = FACEKIT_ENUM_AVAILABILITY;
template <>
inline constexpr facekit_enum enum_kind<facekit_pixel_format> = FACEKIT_ENUM_PIXEL_FORMAT;
template <>
inline constexpr facekit_enum enum_kind<facekit_file_format> = FACEKIT_ENUM_FILE_FORMAT;
template <>
inline constexpr facekit_enum enum_kind<facekit_order> = FACEKIT_ENUM_ORDER;
template <>
inline constexpr facekit_enum enum_kind<facekit_select> = FACEKIT_ENUM_SELECT;
template <>
inline constexpr facekit_enum enum_kind<facekit_swap_engine> = FACEKIT_ENUM_SWAP_ENGINE;
template <>
inline constexpr facekit_enum enum_kind<facekit_color_match> = FACEKIT_ENUM_COLOR_MATCH;
template <>
inline constexpr facekit_enum enum_kind<facekit_mask_type> = FACEKIT_ENUM_MASK_TYPE;
template <>
inline constexpr facekit_enum enum_kind<facekit_face_area> = FACEKIT_ENUM_FACE_AREA;
template <>
inline constexpr facekit_enum enum_kind<facekit_face_region> = FACEKIT_ENUM_FACE_REGION;
template <>
inline constexpr facekit_enum enum_kind<facekit_scheduler> = FACEKIT_ENUM_SCHEDULER;
template <>
inline constexpr facekit_enum enum_kind<facekit_face_shape> = FACEKIT_ENUM_FACE_SHAPE;
template <>
inline constexpr facekit_enum enum_kind<facekit_outline> = FACEKIT_ENUM_OUTLINE;
template <>
inline constexpr facekit_enum enum_kind<facekit_fallback> = FACEKIT_ENUM_FALLBACK;
template <>
inline constexpr facekit_enum enum_kind<facekit_detail_engine> = FACEKIT_ENUM_DETAIL_ENGINE;
template <>
inline constexpr facekit_enum enum_kind<facekit_style> = FACEKIT_ENUM_STYLE;
template <>
inline constexpr facekit_enum enum_kind<facekit_stylize_engine> = FACEKIT_ENUM_STYLIZE_ENGINE;
template <>
inline constexpr facekit_enum enum_kind<facekit_stylize_area> = FACEKIT_ENUM_STYLIZE_AREA;
template <>
inline constexpr facekit_enum enum_kind<facekit_dither> = FACEKIT_ENUM_DITHER;
template <>
inline constexpr facekit_enum enum_kind<facekit_job_state> = FACEKIT_ENUM_JOB_STATE;

} // namespace detail

/** The word for a value of an enum, such as "left-right" for FACEKIT_ORDER_LEFT_RIGHT. */
template <typename Enum>
[[nodiscard]] std::string_view enum_name(Enum value) noexcept {
    return detail::text(facekit_enum_name(detail::enum_kind<Enum>, static_cast<std::int32_t>(value)));
}

/** The value that a word names, in any case and with spaces, hyphens or underscores. */
template <typename Enum>
[[nodiscard]] Result<Enum> enum_from_name(const std::string &name) {
    const std::int32_t kind = detail::enum_kind<Enum>;
    std::int32_t value = 0;
    facekit_error *error = nullptr;
    const facekit_status status = facekit_enum_from_name(kind, name.c_str(), &value, &error);
    return detail::finish(status, detail::own(error), static_cast<Enum>(value));
}

/** The words of an enum, that of its value 0 first. */
template <typename Enum>
[[nodiscard]] Texts enum_names() noexcept {
    return Texts(nullptr, facekit_enum_count(detail::enum_kind<Enum>), [](const void *, std::size_t index) {
        return enum_name(static_cast<Enum>(index));
    });
}

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_ENUMS_HPP */
