# machine.sh FOLDER: runs FOLDER/play.py under a systemd of its own, as root of a machine that begins as this
# one and changes in memory only; ends with its exit code, and FOLDER/out has what it said. Called in
# namespaces of its own: with its end everything is gone.
set -eu
top=$1/machine
root=$top/root
mkdir "$top"
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$root"
for folder in run tmp mnt dev; do
    mount -t tmpfs tmpfs "$root/$folder"
done
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
# devices of its own: nothing that systemd does there touches this machine's
mknod "$root/dev/null" c 1 3
mknod "$root/dev/zero" c 1 5
mknod "$root/dev/full" c 1 7
mknod "$root/dev/random" c 1 8
mknod "$root/dev/urandom" c 1 9
mknod "$root/dev/tty" c 5 0
mknod "$root/dev/ptmx" c 5 2
chmod 666 "$root"/dev/*
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
mkdir "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"
chmod 1777 "$root/dev/shm"

# of this machine's services none: only what the package brings is started
rm -rf "$root"/etc/systemd/system/*.wants "$root"/lib/systemd/system/*.target.wants
mkdir -p "$root/etc/systemd/system/ttsq.service.d"
cat >"$root/etc/systemd/system/play.service" <<EOF
[Unit]
DefaultDependencies=no
SuccessAction=exit-force
FailureAction=exit-force
FailureActionExitStatus=1
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/usr/bin/python3 -B /mnt/play.py
StandardOutput=append:/mnt/out/said
StandardError=append:/mnt/out/said
EOF
cp "$1"/*.deb "$1/play.py" "$root/mnt"
mkdir -p "$1/out" "$root/mnt/out"
mount --bind "$1/out" "$root/mnt/out"
# its own root, for in a chroot the kernel makes no user namespace (PrivateUsers)
mkdir "$root/mnt/before"
cd "$root"
pivot_root . mnt/before
umount -l /mnt/before
# as a machine that boots has it: credentials are mounted by a process of its own
mount --make-rshared /
# when all this runs in a chroot itself, there still is none
unshare --user true || printf '[Service]\nPrivateUsers=no\n' >/etc/systemd/system/ttsq.service.d/chroot.conf
exec env -i container=ttsq-test /lib/systemd/systemd --system --unit=play.service --log-target=console \
    --show-status=no
