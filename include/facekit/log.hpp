/* What an engine tells of its work. */
#ifndef FACEKIT_LOG_HPP
#define FACEKIT_LOG_HPP

#include "handle.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {

/** One thing that an engine tells; its texts live until the callback returns. */
using LogRecord = facekit_log_record;

/**
 * Called with each record, on any thread and by several at once, while the work waits for it. It must not call the
 * engine, and what it throws ends the program.
 */
using LogCallback = std::function<void(const LogRecord &record)>;

namespace detail {

/** Keeps the callback of a log for as long as a handle that may call it. */
struct KeptLog {
    std::shared_ptr<LogCallback> log;
};

inline void on_log(const facekit_log_record *record, void *user_data) noexcept {
    (*static_cast<const LogCallback *>(user_data))(*record);
}

} // namespace detail
} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_LOG_HPP */
