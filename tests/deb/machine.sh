# machine.sh FOLDER: runs FOLDER/play.py as root of a machine that begins as this one and changes in memory
# only. Called in mount and process namespaces of its own: with its end everything is gone.
set -eu
top=$1/machine
mkdir "$top"
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
for folder in run tmp mnt; do
    mount -t tmpfs tmpfs "$top/root/$folder"
done
mount -t proc proc "$top/root/proc"
mount --rbind /dev "$top/root/dev"
cp "$1"/*.deb "$1/play.py" "$1/systemctl" "$top/root/mnt"
cd /
exec chroot "$top/root" /usr/bin/python3 -B /mnt/play.py
