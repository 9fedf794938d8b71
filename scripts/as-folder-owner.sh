#!/bin/sh
# as-folder-owner.sh FOLDER COMMAND...: runs the command as the owner of a mounted folder, so that its files belong to the right user
# on the host, whatever the id of that user. Starts as root; the command never runs as root of the host.
set -eu
folder=$1
shift
owner=$(stat -c %u "$folder")
group=$(stat -c %g "$folder")
read -r _ host_root _ < /proc/self/uid_map

if [ "$(id -u)" != 0 ]; then
  exec "$@"
fi
if [ "$owner" = 0 ]; then
  # In rootless Docker, root here is the ordinary user who started it, and owns the folder already.
  if [ "$host_root" != 0 ]; then
    exec "$@"
  fi
  # Docker made the folder, or root did: it goes to the image's own user.
  owner=$(id -u node)
  group=$(id -g node)
  chown "$owner:$group" "$folder"
fi
exec setpriv --reuid "$owner" --regid "$group" --clear-groups --no-new-privs "$@"
